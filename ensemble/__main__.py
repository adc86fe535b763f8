"""Lets `python -m ensemble` do what the command `ensemble` does."""

from ensemble.main import run

run()
