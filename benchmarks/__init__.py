"""Accuracy and speed, runnable by anyone: `python -m benchmarks accuracy|speed`."""

import bot as bot  # before numpy: it says on how many cores numpy may reckon, here as live
