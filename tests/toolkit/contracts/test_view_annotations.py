"""A reaction function says of its event what it is: the views of those that it reacts to, or any event."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, cast

import pytest

from ensemble.contracts.views import misannotated
from functions.kit.model import Decision, Event, React, on_timer, unchanged
from tests.toolkit.contracts.parcels import depot


def annotated(annotation: str | type | None) -> React:
    def reaction(state: None, event: Any) -> Decision:
        return unchanged(state)

    reaction.__annotations__["event"] = annotation
    if annotation is None:
        del reaction.__annotations__["event"]
    return reaction


@pytest.mark.parametrize("annotation", ["ParcelLost | ParcelFound", "events.ParcelFound | events.ParcelLost", "Event"])
def test_a_function_may_take_the_views_of_all_its_events_or_any_event(annotation: str) -> None:
    assert misannotated([depot("ParcelLost", "ParcelFound", react=annotated(annotation))]) == []


def test_an_annotation_need_not_be_a_text() -> None:
    assert misannotated([depot("ParcelLost", react=annotated(Event))]) == []
    assert "is annotated <class 'str'>" in str(misannotated([depot("ParcelLost", react=annotated(str))])[0])


def test_a_function_that_takes_no_event_is_told_too() -> None:
    def forgetful(state: None) -> Decision:
        return unchanged(state)

    (told,) = map(str, misannotated([depot("ParcelLost", react=cast(React, forgetful))]))

    assert "forgetful reacts to ParcelLost, but its event is annotated as nothing" in told


def test_a_function_may_be_a_partial_one() -> None:
    assert misannotated([depot("ParcelLost", react=partial(annotated("ParcelLost")))]) == []
    assert misannotated([depot("ParcelLost", react=partial(annotated("ParcelSent")))]) == misannotated(
        [depot("ParcelLost", react=annotated("ParcelSent"))]
    )


@pytest.mark.parametrize("annotation", ["ParcelSent", "ParcelLost", "Any", None])
def test_a_function_annotated_for_another_event_than_it_reacts_to_is_told_with_the_fix(annotation: str | None) -> None:
    (told,) = map(str, misannotated([depot("ParcelLost", "ParcelFound", react=annotated(annotation))]))

    assert told == (
        "tests/toolkit/contracts/test_view_annotations.py: reaction reacts to ParcelLost and ParcelFound, but its "
        f"event is annotated {annotation or 'as nothing'}. Fix: annotate it `event: ParcelLost | ParcelFound`, "
        "imported from functions.depot.events under `if TYPE_CHECKING:`"
    )


def test_a_timer_has_no_view() -> None:
    hearing = depot("ParcelLost", react=annotated("ParcelLost"))
    timer = on_timer(hearing.reactions[0].react)

    services = [replace(hearing, reactions=(*hearing.reactions, timer), timer=lambda state: None)]
    (told,) = map(str, misannotated(services))

    assert told.endswith("Fix: annotate it `event: Event`")
