"""Puts commands on a bus of the laptop AWS in this process: a scenario's opening, by which its stories can begin."""

from __future__ import annotations

from ensemble.command_line.errors import SendingFailed
from ensemble.laptop import Laptop
from ensemble.scenario import Command, Scenario


def put_opening(laptop: Laptop, scenario: Scenario, bus: str) -> None:
    """Put all commands of the opening. Raises SendingFailed when the bus does not take one."""
    for command in scenario.opening:
        put(laptop, command, bus)


def put(laptop: Laptop, command: Command, bus: str) -> None:
    """Put a command. Raises SendingFailed when the bus does not take it."""
    result = laptop.put_events([command.entry(bus)])["Entries"][0]
    if "ErrorCode" in result:
        raise SendingFailed(f"{command.type} was refused: {result['ErrorCode']}: {result['ErrorMessage']}")
