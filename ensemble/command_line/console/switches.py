"""What the page of switches is told, and does: services stopped and started, the clock moved, faults switched on.

A service is stopped as on AWS: its mappings are switched off. Clock and faults are those of a running `ensemble up`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ensemble.command_line.console.facts import RUNNING
from ensemble.command_line.console.looked_at import StageLookedAt, answered
from ensemble.command_line.run.asking import ask
from ensemble.console.progress import Json, milliseconds
from ensemble.console.server import Change, Question, Refused


class Switches:
    """The switches of a laptop AWS."""

    def __init__(self, looked_at: StageLookedAt) -> None:
        self._endpoint, self._place = str(looked_at.place.endpoint), looked_at.place
        self._fed, self._lambda = looked_at.declared.fed, looked_at.account.client("lambda")

    def all(self, _: Mapping[str, str]) -> Json:
        """Return how each of them is."""
        with answered():
            running: dict[str, bool] = {}
            for service, mapping in self._mappings():
                running[service] = running.get(service, False) or mapping["State"] in RUNNING
            now = milliseconds(self._place.now().timestamp())
            services = [{"name": name, "is_stopped": not is_running} for name, is_running in sorted(running.items())]
            return {"services": services, "now": now, **ask(self._endpoint, "faults")}

    def service(self, asked: Mapping[str, Any]) -> Json:
        """Stop a service, or start it: all of its mappings."""
        name, is_stopped = asked.get("service"), asked.get("stopped")
        if name not in self._fed.values() or not isinstance(is_stopped, bool):
            raise Refused(f"{name} is no service here that can be stopped", 404)
        with answered():
            for service, mapping in self._mappings():
                if service == name:
                    self._lambda.update_event_source_mapping(UUID=mapping["UUID"], Enabled=not is_stopped)
        return self.all({})

    def clock(self, asked: Mapping[str, Any]) -> Json:
        """Move the clock by so many seconds, and return what came due."""
        with answered():
            return dict(ask(self._endpoint, "advance", seconds=asked.get("seconds")))

    def fault(self, asked: Mapping[str, Any]) -> Json:
        """Switch a fault."""
        with answered():
            ask(self._endpoint, "fault", **{name: asked.get(name) for name in ("name", "target", "on")})
        return self.all({})

    def _mappings(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the mappings of queues with the services that they feed."""
        for page in self._lambda.get_paginator("list_event_source_mappings").paginate():
            for mapping in page["EventSourceMappings"]:
                queue = mapping["EventSourceArn"].rpartition(":")[2]
                if queue in self._fed:
                    yield self._fed[queue], mapping


def asked_and_done(looked_at: StageLookedAt) -> tuple[dict[str, Question], dict[str, Change]]:
    """Return the questions about switches and what they do, by path; a deployed stage has none."""
    if not looked_at.place.is_laptop:
        return {}, {}
    switches = Switches(looked_at)
    changes: dict[str, Change] = {
        "switches/service": switches.service,
        "switches/clock": switches.clock,
        "switches/fault": switches.fault,
    }
    return {"switches": switches.all}, changes
