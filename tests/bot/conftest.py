"""discord.py imports audioop, which Python 3.13 drops and 3.11 warns about: its first import is passed over here."""

import warnings

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    import discord  # noqa: F401
