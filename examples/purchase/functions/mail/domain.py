"""Asks a manager by mail, once for each purchase."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from functions.kit.model import Decision

if TYPE_CHECKING:
    from functions.mail.events import AskManager, publish
else:
    from functions.kit.model import publish


@dataclass(frozen=True, slots=True)
class Question:
    """A question: asked."""

    status: str


@dataclass(frozen=True, slots=True)
class SendMail:
    """Send a text to the managers of a department. The same `key` is the same mail."""

    key: str
    department: str
    text: str


def ask(question: Question | None, event: AskManager) -> Decision:
    if question is not None:
        return Decision(question, publish.ManagerAsked(purchase_id=event["purchase_id"]))
    text = f"May we buy {event['item']} for {event['cents'] / 100:.2f} euros?"
    return Decision(None, effect=SendMail(event["purchase_id"], event["department"], text), then=asked)


def asked(question: Question | None, event: AskManager, outcome: None) -> Decision:
    return Decision(Question("asked"), publish.ManagerAsked(purchase_id=event["purchase_id"]))
