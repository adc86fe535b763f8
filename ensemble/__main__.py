"""Lets `python -m ensemble` do what the command `ensemble` does."""

from ensemble.command_line.main import run

run()
