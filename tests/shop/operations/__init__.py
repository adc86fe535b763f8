"""Tests of what operators do to a stage of the shop."""
