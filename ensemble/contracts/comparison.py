"""Compares two versions of a schema: what each one's reader makes of what the other one's writer sends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ensemble.contracts.containment import Answer, Containment, closed, contained

ORDERS = {
    (True, True): "any",
    (True, False): "consumers first",
    (False, True): "publisher first",
    (False, False): "none is safe: a new major version is needed",
}
"""In which order to deploy, by whether backward and forward compatibility are shown."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """`backward`: the new reader takes what the old writer sends. `forward`: the old reader what the new one sends."""

    backward: Containment
    forward: Containment

    @property
    def deploy_order(self) -> str:
        """The order that is shown to be safe; what is unknown is not shown."""
        return ORDERS[self.backward.answer is Answer.YES, self.forward.answer is Answer.YES]


def compare(old: Any, new: Any, *, enforced_formats: frozenset[str] = frozenset()) -> Comparison:
    """Compare two schemas: writers are closed to what they do not declare, readers are as they are written."""
    return Comparison(
        backward=contained(closed(old), new, enforced_formats=enforced_formats),
        forward=contained(closed(new), old, enforced_formats=enforced_formats),
    )
