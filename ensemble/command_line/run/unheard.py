"""Says why no rule takes an event: its name, its source or its bus is wrong, or nobody hears it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from ensemble.contracts.schemas import Schemas
from functions.kit.model import Service

SIMILAR = 0.5
"""How alike two names must be, for one to be meant by the other (difflib's ratio)."""


def nearest(type: str, schemas: Schemas) -> str | None:
    """Return the name of an event or a command that is most like this one, if any is like it."""
    return next(iter(difflib.get_close_matches(type, schemas.publishers, n=1, cutoff=SIMILAR)), None)


@dataclass(frozen=True, slots=True)
class Hearing:
    """Who publishes and who hears what, as the project declares it; `bus` is the one that its services are on."""

    services: Sequence[Service]
    schemas: Schemas
    bus: str

    def problem(self, type: str, source: str, bus: str) -> str | None:
        """Return why no rule takes this event, and what to do; None when nobody is meant to hear it."""
        publisher = self.schemas.publishers.get(type)
        if publisher is None:
            return f"no rule takes {type} from {source}: {self._unknown(type)}"
        if source != publisher:
            return f"no rule takes {type} from {source}: {publisher} publishes it. Fix: put it with that source"
        hearers = self._hearers(type)
        if bus != self.bus and (hearers or not self._is_terminal(type)):
            return f"no rule takes {type} on the bus {bus}. Fix: put it on {self.bus}"
        if hearers:
            return f"no rule takes {type}, which {' and '.join(hearers)} should hear: they run as they were deployed"
        return None if self._is_terminal(type) else self._unheard(type)

    def unheard(self, type: str) -> str | None:
        """Return that no service hears an event that its own publisher puts on the bus; None when one does."""
        return None if self._hearers(type) or self._is_terminal(type) else self._unheard(type)

    def _unknown(self, type: str) -> str:
        near = nearest(type, self.schemas)
        if near is None:
            return "no schema describes it"
        return f"did you mean {near}, which {self.schemas.publishers[near]} publishes?"

    def _hearers(self, type: str) -> list[str]:
        """Return who reacts to it by name: a service that hears all events takes the wrong ones too."""
        heard = ((service.name, reaction.event) for service in self.services for reaction in service.subscriptions)
        return [name for name, event in heard if event == type]

    def _is_terminal(self, type: str) -> bool:
        return any(type in service.terminal for service in self.services)

    @staticmethod
    def _unheard(type: str) -> str:
        return f'no service hears {type}. Fix: add a reaction `on("{type}", ...)` to the service that should'
