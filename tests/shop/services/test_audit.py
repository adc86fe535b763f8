"""The audit service keeps every event; how, is the kit's."""

from __future__ import annotations

from functions.audit.service import AUDIT


def test_every_event_is_stored_and_none_is_forgotten_or_replayed() -> None:
    assert AUDIT.stores_events
    assert not any(reaction.replay for reaction in AUDIT.reactions)
