"""A small choreography and events of it: a ticket is opened, checked, and closed or refused."""

from __future__ import annotations

from datetime import timedelta

from ensemble.console.choreography import Choreography
from ensemble.trace.known import Happened, Hearing
from functions.kit.model import Workflow

HEARINGS = (
    Hearing("desk", "website", "OpenTicket", "ticket_id", "dev-desk", ("TicketOpened",)),
    Hearing("check", "desk", "TicketOpened", "ticket_id", "dev-check", ("TicketChecked", "TicketRefused")),
    Hearing("desk", "check", "TicketChecked", "ticket_id", "dev-desk", ("TicketClosed",)),
    Hearing("desk", "check", "TicketRefused", "ticket_id", "dev-desk", ("TicketDropped",), is_compensation=True),
    Hearing("mail", "desk", "TicketClosed", "ticket_id", "dev-mail"),
)

SPINE = ("OpenTicket", "TicketOpened", "TicketChecked", "TicketClosed")

WITHIN_SECONDS = 600.0

PROMISES = {
    "OpenTicket": (
        "desk",
        Workflow("OpenTicket", ("TicketClosed",), timedelta(seconds=WITHIN_SECONDS), ("TicketDropped",)),
    )
}

CHOREOGRAPHY = Choreography(HEARINGS, {"TicketRefused", "TicketDropped", "CommandRefused"}, SPINE, PROMISES)

WAY = (
    ("OpenTicket", "website"),
    ("TicketOpened", "desk"),
    ("TicketChecked", "check"),
    ("TicketClosed", "desk"),
)
REFUSED = (*WAY[:2], ("TicketRefused", "check"), ("TicketDropped", "desk"))


def workflow(
    key: str, steps: int = len(WAY), *, at: float = 0.0, way: tuple[tuple[str, str], ...] = WAY
) -> list[Happened]:
    """Return the first events of a workflow, one each second, each caused by the one before."""
    ids = [f"{key}-{number}" for number in range(steps)]
    return [
        Happened(id, type, source, f"workflow-{key}", at + number, cause, {"ticket_id": key})
        for number, (id, cause, (type, source)) in enumerate(zip(ids, [None, *ids], way, strict=False))
    ]
