"""Accuracy and speed, runnable by anyone: `python -m benchmarks accuracy|speed`."""
