"""The guards of the commit protocol: what each is in the source, and how it is taken out there."""

from __future__ import annotations

from enum import StrEnum

from ensemble.simulator.guards import GUARDS, KIT
from ensemble.simulator.mutation import Edit


class Guard(StrEnum):
    """A guard, by the name that the simulator has for it, where it has one."""

    INBOX = "handled ids"
    VERSION = "version condition of a commit"
    NEW_ROW = "condition that a new row is new"
    ID_IN_COMMIT = "the id of an event is committed with what it changes"
    OUTBOX_IN_COMMIT = "what an event publishes is committed with what it changes"
    CONFLICT = "a write that is refused is no commit"
    CARRIED_ON = "what is not published is kept by the next commit"
    INTENT_CARRIES_ON = "an intent keeps what is not published"
    INTENT_IS_NO_COMMIT = "an intent does not count as handled"
    PUBLISHED_AGAIN = "what a handled event has to publish is published when it comes again"
    ANSWERS_READ = "what the bus answers for each event is read"
    MARKED_ONCE_OUT = "an outbox leaves its row only once it is on the bus"
    MARK_IS_A_WRITE = "an outbox that leaves its row makes the version go on"
    COMES_AGAIN = "an event whose publication failed comes again"
    REPORTED = "report of the records that failed"


OF_ITS_OWN = {
    Guard.ID_IN_COMMIT: (
        Edit(
            f"{KIT}/reactor.py",
            "        if is_remembered:\n",
            "        if False:\n",
        ),
    ),
    Guard.OUTBOX_IN_COMMIT: (
        Edit(
            f"{KIT}/reactor.py",
            "        if outbox is not None:\n            also[",
            "        if False:\n            also[",
        ),
    ),
    Guard.CONFLICT: (
        Edit(
            f"{KIT}/rows.py",
            '                raise VersionConflict(put["Item"]["pk"]["S"]) from error\n',
            "                return\n",
        ),
    ),
    Guard.MARK_IS_A_WRITE: (
        Edit(
            f"{KIT}/rows.py",
            'ExpressionAttributeValues={":one": {"N": "1"}}',
            'ExpressionAttributeValues={":one": {"N": "0"}}',
        ),
    ),
}


def edits(guard: Guard) -> tuple[Edit, ...]:
    """Return what takes a guard out of the kit."""
    if guard in OF_ITS_OWN:
        return OF_ITS_OWN[guard]
    (mutant,) = (one for one in GUARDS if one.guard == guard)
    return tuple(edit for edit in mutant.edits if edit.file.startswith(KIT))
