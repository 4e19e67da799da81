"""Trains all weights of escalation/detection: `BACKSTOP_DATA=FOLDER python -m benchmarks.training`."""
