"""The domain of Backstop: questions, their life, and who is told about them.

Knows no platform, no process and no clock: the time comes in as an argument.
Only `escalation.store` does input and output.
"""
