"""Every event is stored whole, once, in the order of its workflow."""

from __future__ import annotations

from functions.audit.domain import Stored, by_workflow
from functions.audit.service import AUDIT
from functions.kit.model import EVERY_EVENT, Index
from tests.shop.services.table import FIELDS, NOON, changes_nothing, react


def test_an_event_is_stored_as_it_is() -> None:
    decision = react(AUDIT, None, EVERY_EVENT)

    assert decision.state == Stored("workflow-1", f"{NOON}#e-1", FIELDS)


def test_an_event_is_listed_under_its_workflow_by_time() -> None:
    stored = react(AUDIT, None, EVERY_EVENT).state

    assert by_workflow(stored) == Index("workflow-1", f"{NOON}#e-1")


def test_what_is_stored_is_never_overwritten() -> None:
    stored = Stored("workflow-1", f"{NOON}#e-1", {})

    assert changes_nothing(react(AUDIT, stored, EVERY_EVENT), stored)


def test_the_event_store_does_not_forget() -> None:
    assert not AUDIT.forgets
