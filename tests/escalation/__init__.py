"""Tests of the domain. A busy machine is no fault: Hypothesis has no deadline here."""

from hypothesis import settings

settings.register_profile("backstop", deadline=None)
settings.load_profile("backstop")
