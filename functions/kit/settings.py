"""What a function reads from its environment, once, when it is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from functions.kit.errors import SettingMissing

FOREVER = "none"
"""The value of ROW_MEMORY_SECONDS for a service that does not forget."""


def read(environment: Mapping[str, str], name: str) -> str:
    """Return the variable. Raises SettingMissing with its name."""
    try:
        return environment[name]
    except KeyError:
        raise SettingMissing(f"the environment variable {name} is not set") from None


@dataclass(frozen=True, slots=True)
class ConsumerSettings:
    """Settings of a consumer: its table, how long (seconds, None: for ever) and how much it remembers."""

    table_name: str
    row_memory_seconds: int | None
    maximum_receives: int
    hop_limit: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> ConsumerSettings:
        memory = read(environment, "ROW_MEMORY_SECONDS")
        return cls(
            table_name=read(environment, "TABLE_NAME"),
            row_memory_seconds=None if memory == FOREVER else int(memory),
            maximum_receives=int(read(environment, "MAXIMUM_RECEIVES")),
            hop_limit=int(read(environment, "HOP_LIMIT")),
        )


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """Settings of a relay: the service it speaks for and the bus it speaks on."""

    service: str
    event_bus_name: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> RelaySettings:
        return cls(
            service=read(environment, "POWERTOOLS_SERVICE_NAME"),
            event_bus_name=read(environment, "EVENT_BUS_NAME"),
        )
