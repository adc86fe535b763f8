"""Tests of the alarms: each goes off where it should, and stays quiet where that was nothing."""
