"""All of Backstop that touches a platform, a person or the process."""

from importlib.metadata import version

__version__ = version("backstop")
