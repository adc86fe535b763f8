"""Commands are made from examples and held to their schemas."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.run.drafts import EXAMPLES, Command, Stamp, drafted, finished, subject
from ensemble.command_line.run.stories import OPENING_STOCK, STORIES
from ensemble.command_line.synthesis import ROOT
from ensemble.contracts.loading import load_schemas

SCHEMAS = load_schemas(ROOT / "schemas")
STAMP = Stamp(bridge_id="bridge-1", time="2026-01-01T00:00:00.000Z", unique="abc")
NEEDED = {"CancelOrder": ["order_id=o-1"]}
"""What an example leaves to the person, since nothing sensible can be made up."""


def command(type: str, *assignments: str, fields: dict[str, Any] | None = None) -> Command:
    draft = drafted(type, fields, list(assignments), SCHEMAS)
    return finished(draft, [STAMP], SCHEMAS)[0]


@pytest.mark.parametrize("type", sorted(path.stem for path in EXAMPLES.iterdir()))
def test_each_example_satisfies_its_schema(type: str) -> None:
    made = command(type, *NEEDED.get(type, []))

    assert made.source == SCHEMAS.publishers[type]


def test_each_command_from_outside_the_services_has_an_example() -> None:
    services = {path.parent.name for path in (ROOT / "functions").glob("*/service.py")}
    outside = {type for type, publisher in SCHEMAS.publishers.items() if publisher not in services}

    assert {path.stem for path in EXAMPLES.iterdir()} == outside


@pytest.mark.parametrize(
    "told",
    [*OPENING_STOCK, *(s.order for s in STORIES), *(s.trigger.command for s in STORIES if s.trigger)],
    ids=lambda told: f"{told.type} {subject(told.detail)}",
)
def test_each_command_of_the_stories_satisfies_its_schema(told: Command) -> None:
    assert command(told.type, fields=dict(told.detail)).source == told.source


def test_a_command_has_the_envelope_that_it_would_get_where_it_enters() -> None:
    detail = command("PlaceOrder").detail

    assert detail["type"] == "PlaceOrder"
    assert detail["timestamp"] == STAMP.time
    assert detail["correlation_id"] == detail["causation_id"] == detail["event_id"]


def test_the_unique_texts_of_an_example_are_other_ones_in_each_command() -> None:
    stamps = [Stamp(f"bridge-{unique}", STAMP.time, unique) for unique in ("abc", "def")]

    made = finished(drafted("PlaceOrder", None, [], SCHEMAS), stamps, SCHEMAS)

    assert [one.detail["order_id"] for one in made] == ["order-abc", "order-def"]
    assert len({one.detail["event_id"] for one in made}) == 2


def test_given_fields_replace_the_examples() -> None:
    with pytest.raises(UsageRefused) as refusal:
        command("PlaceOrder", fields={"order_id": "o-1"})

    assert str(refusal.value) == "PlaceOrder needs customer_id, email, items, payment_token, address"


@pytest.mark.parametrize(
    ("assignment", "complaint"),
    [
        ("items[0].quantity=0", "PlaceOrder.items[0].quantity must be bigger than or equal to 1"),
        ("items[0].quantity=many", "PlaceOrder.items[0].quantity must be integer"),
        ("address.country=DEU", "PlaceOrder.address.country must be shorter than or equal to 2 characters"),
        (
            "colour=red",
            "PlaceOrder has no field colour; "
            "it has order_id, customer_id, email, items, payment_token, address, channel",
        ),
        ("items[0].colour=red", "PlaceOrder.items[0] has no field colour; it has sku, quantity, unit_price"),
        ('items=[{"sku": "sku-1"}]', "PlaceOrder.items[0] needs quantity, unit_price"),
    ],
)
def test_what_the_schema_does_not_allow_is_refused_by_its_path_and_rule(assignment: str, complaint: str) -> None:
    with pytest.raises(UsageRefused) as refusal:
        command("PlaceOrder", assignment)

    assert str(refusal.value) == complaint


def test_an_unknown_type_is_refused_with_the_nearest_known_one() -> None:
    with pytest.raises(UsageRefused, match="no schema describes PlaceOrdr: did you mean PlaceOrder"):
        drafted("PlaceOrdr", None, [], SCHEMAS)


def test_a_type_like_no_other_is_refused_with_all_known_ones() -> None:
    with pytest.raises(UsageRefused, match=r"known are CancelOrder, .*ShipmentFailed"):
        drafted("xyz", None, [], SCHEMAS)


def test_an_entry_holds_what_put_events_wants() -> None:
    entry = Command("PlaceOrder", "storefront", {"street": "Königsallee 1"}).entry("a-bus")

    assert entry | {"Detail": json.loads(entry["Detail"])} == {
        "EventBusName": "a-bus",
        "Source": "storefront",
        "DetailType": "PlaceOrder",
        "Detail": {"street": "Königsallee 1"},
    }


@pytest.mark.parametrize(
    ("detail", "about"),
    [
        ({"event_id": "e", "correlation_id": "c", "causation_id": "e", "order_id": "o-1", "customer_id": "x"}, "o-1"),
        ({"receipt_id": "r-1"}, "r-1"),
        ({"event_id": "e"}, ""),
    ],
)
def test_an_event_is_about_the_first_id_of_its_own(detail: dict[str, str], about: str) -> None:
    assert subject(detail) == about
