"""What must hold of a record that its consumer gives up: faults explain the reason, and it was not too soon."""

from __future__ import annotations

from collections.abc import Collection, Iterator

POISON = "poison"
"""What the subject of a message begins with that no service can handle."""

PATIENCE = 3_600.0
"""Seconds for which a dependency may be down before a consumer gives a record up, as the kit promises."""

EXPLAINED = frozenset({"ClientError", "ReadTimeoutError", "NotYet", "VersionConflict", "TooLittleTime"})
"""Kinds of reasons that faults explain, beside the errors of systems outside that did not answer."""

UNHANDLED = "ContractViolation"
"""The kind of reason by which a consumer says that a record can never be handled."""


def unjustified(about: str, reason: str, unanswered: Collection[str], waited: float | None) -> Iterator[str]:
    """Yield what is wrong with giving a record up.

    `unanswered`: the kinds of errors by which functions learnt that a system outside did not answer. `waited`:
    seconds since the record was first received; None when a fault used up some of its receives.
    """
    kind = reason.partition(":")[0]
    if kind == UNHANDLED and about.startswith(POISON):
        return
    if kind not in EXPLAINED and kind not in unanswered:
        yield f"{about} is dead-lettered, which no fault explains: {reason}"
    if waited is not None and waited < PATIENCE:
        yield f"{about} is given up after {waited:.0f} s: {reason}"
