"""The demo: recorded history through the live path, fast enough to watch."""
