"""The commands of `backstop`."""
