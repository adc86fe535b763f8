"""The sandboxes of a scenario: servers that play systems outside, started for a run and stopped after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol

from ensemble.scenario.errors import SandboxFailed, ScenarioMisdeclared

Settings = Mapping[str, Mapping[str, Any]]
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
    """The sandboxes that run, by the scenario's names; `settings` is what all of them give to the services."""

    def __init__(self, running: Mapping[str, Sandbox] | None = None) -> None:
        self._running = dict(running or {})
        self.settings = _together(self._running)

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
def started(sandboxes: Mapping[str, Start]) -> Iterator[Sandboxes]:
    """Start these sandboxes, and stop them when the block ends.

    Raises SandboxFailed when one does not start, ScenarioMisdeclared when two give a value to one setting.
    """
    with ExitStack() as stack:
        running: dict[str, Sandbox] = {}
        for name, start in sandboxes.items():
            try:
                running[name] = start()
            except Exception as error:  # whatever a project's own server raises
                reason = f"{type(error).__name__}: {error}"
                raise SandboxFailed(f"the sandbox {name!r} of the scenario does not start: {reason}") from error
            stack.callback(running[name].close)
        yield Sandboxes(running)


def _together(running: Mapping[str, Sandbox]) -> Settings:
    settings: dict[str, dict[str, Any]] = {}
    givers: dict[tuple[str, str], str] = {}
    for name, sandbox in running.items():
        for service, values in sandbox.settings.items():
            for field, value in values.items():
                other = givers.setdefault((service, field), name)
                if other != name:
                    raise ScenarioMisdeclared(f"the sandboxes {other!r} and {name!r} both set {service}.{field}")
                settings.setdefault(service, {})[field] = value
    return settings
