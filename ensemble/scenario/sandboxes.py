"""The sandboxes of a scenario: servers that play systems outside, started for a run and stopped after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from ensemble.scenario.errors import SandboxFailed, ScenarioMisdeclared

if TYPE_CHECKING:
    from ensemble.scenario.declaration import Scenario

Settings = Mapping[str, Mapping[str, str | int | float | bool]]
"""Values of settings and secrets, by service and field."""


class Sandbox(Protocol):
    """A system outside, as a server of this process. `ensemble.scenario.http_sandbox` has one for HTTP."""

    @property
    def settings(self) -> Settings:
        """What the services have to know of it: its address, the key that it takes."""
        ...

    def close(self) -> None:
        """Stop it. May raise what went wrong in it meanwhile."""
        ...


Start = Callable[[], Sandbox]
"""Starts a sandbox, on an address of its own, and returns it."""


class Sandboxes(Mapping[str, Any]):
    """The sandboxes that run, by the scenario's names.

    `settings`: what services get for their settings and secrets: what is the scenario's, and what the sandboxes give.
    Raises ScenarioMisdeclared when two give a value to one setting.
    """

    def __init__(self, running: Mapping[str, Sandbox] | None = None, settings: Settings | None = None) -> None:
        self._running = dict(running or {})
        givers = {f"the sandbox {name!r}": sandbox.settings for name, sandbox in self._running.items()}
        self.settings = _together({"the scenario": settings or {}, **givers})

    def __getitem__(self, name: str) -> Any:
        if name not in self._running:
            known = ", ".join(self._running) or "none"
            raise ScenarioMisdeclared(f"the sandbox {name!r} does not run; those that run: {known}")
        return self._running[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._running)

    def __len__(self) -> int:
        return len(self._running)


@contextmanager
def started(scenario: Scenario) -> Iterator[Sandboxes]:
    """Start the sandboxes of a scenario, and stop them when the block ends.

    Raises SandboxFailed when one does not start, ScenarioMisdeclared when two give a value to one setting.
    """
    with ExitStack() as stack:
        running: dict[str, Sandbox] = {}
        for name, start in scenario.sandboxes.items():
            try:
                running[name] = start()
            except Exception as error:  # whatever a project's own server raises
                reason = f"{type(error).__name__}: {error}"
                raise SandboxFailed(f"the sandbox {name!r} of the scenario does not start: {reason}") from error
            stack.callback(running[name].close)
        yield Sandboxes(running, scenario.settings)


def _together(given: Mapping[str, Settings]) -> Settings:
    """Return all values, by service and field, of those who give them."""
    settings: dict[str, dict[str, Any]] = {}
    givers: dict[tuple[str, str], str] = {}
    for giver, services in given.items():
        for service, values in services.items():
            for field, value in values.items():
                other = givers.setdefault((service, field), giver)
                if other != giver:
                    raise ScenarioMisdeclared(f"{other} and {giver} both set {service}.{field}: one of them is enough")
                settings.setdefault(service, {})[field] = value
    return settings
