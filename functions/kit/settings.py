"""What a function reads from its environment, once, when it is loaded."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from functions.kit.errors import SettingMissing, SettingRefused
from functions.kit.model import Service
from functions.kit.needs import Secret, Setting, Value
from functions.kit.secrets import read_secret


def read(environment: Mapping[str, str], name: str) -> str:
    """Return the variable. Raises SettingMissing with its name."""
    try:
        return environment[name]
    except KeyError:
        raise SettingMissing(f"the environment variable {name} is not set") from None


def settings_of(service: Service, environment: Mapping[str, str] = os.environ) -> Any:
    """Return a service's own settings: an instance of the class that it declares in `settings`.

    A secret is read when its value is asked for. Raises SettingMissing, and SettingRefused for a value of another kind.
    """
    if service.settings is None:
        raise SettingMissing(f"{service.name} declares no settings. Fix: write settings=Settings in its Service(...)")
    given = {
        setting.name: _value(setting, service.name, environment)
        for setting in service.declared_settings
        if setting.variable in environment or setting.is_required
    }
    return service.settings(**given)


def _value(setting: Setting, service: str, environment: Mapping[str, str]) -> Value | Secret:
    if setting.variable not in environment:
        what = f"the {setting.noun} {setting.name} of {service}"
        raise SettingMissing(f"{what} is not given: the environment variable {setting.variable} is not set")
    text = environment[setting.variable]
    if setting.is_secret:
        return Secret(text, read_secret)
    try:
        return setting.read(text)
    except ValueError:
        raise SettingRefused(
            f"the setting {setting.name} of {service} is {setting.description}, and {setting.variable} is {text!r}"
        ) from None


@dataclass(frozen=True, slots=True)
class ConsumerSettings:
    """Settings of a consumer: its table, for how many seconds it remembers which events it handled, how many hops an
    event may have made, the bus that it publishes on (if it does), the queue of its timers (if it has some)."""

    table_name: str
    id_memory_seconds: int
    hop_limit: int
    event_bus_name: str = ""
    queue_url: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> ConsumerSettings:
        """Raises SettingMissing when a variable is not set that every consumer needs."""
        return cls(
            table_name=read(environment, "TABLE_NAME"),
            id_memory_seconds=int(read(environment, "ID_MEMORY_SECONDS")),
            hop_limit=int(read(environment, "HOP_LIMIT")),
            event_bus_name=environment.get("EVENT_BUS_NAME", ""),
            queue_url=environment.get("QUEUE_URL", ""),
        )
