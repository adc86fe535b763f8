"""Tests of the shop's alarms on the laptop AWS."""
