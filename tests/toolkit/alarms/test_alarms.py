"""Every alarm of a stage goes off on the laptop AWS, and stays quiet where nothing is to be done."""

from __future__ import annotations

from tests.toolkit.alarms.troubles import EachAlarm


class TestTheAlarmsOfTheLibrary(EachAlarm):
    """Those of a project that has no shop."""
