"""Commands sent by a form: made from the schema, filled in, checked, and told where they are wrong."""

from __future__ import annotations

from typing import Any

import pytest

from scenarios.lending.scenario import loan
from tests.toolkit.console.conftest import Library


def form(library: Library) -> Any:
    return library.visitor.get("send/RequestLoan")


def test_what_comes_from_outside_can_be_sent_and_nothing_else(library: Library) -> None:
    types = library.visitor.get("send")["types"]

    assert [(one["type"], one["source"]) for one in types] == [
        ("AddCopies", "bindery"),
        ("CancelLoan", "desk"),
        ("RequestLoan", "desk"),
    ]
    assert library.visitor.ask("GET", "/api/send/LoanGranted")[0] == 404
    assert library.visitor.post("send", type="LoanGranted", fields={})[0] == 404


def test_a_form_is_filled_in_and_its_key_is_another_one_each_time(library: Library) -> None:
    one, other = form(library), form(library)

    assert one["keys"] == ["loan_id"]
    assert "loan_id" in one["fresh"]
    assert one["fields"]["loan_id"] != other["fields"]["loan_id"]
    assert one["schema"]["properties"].keys() >= one["fields"].keys()


def test_as_it_is_filled_in_it_can_be_sent_and_its_workflow_is_told(library: Library) -> None:
    fields = form(library)["fields"]

    sent = library.visitor.done("send", type="RequestLoan", fields=fields)
    library.laptop.run_for(20)

    assert (sent["key"], sent["unheard"]) == (fields["loan_id"], None)
    workflow = library.visitor.get(f"workflow/{sent['workflow']}")
    assert workflow["events"][0]["event_id"] == sent["event_id"]
    assert library.visitor.get(f"workflow/{sent['key']}")["events"] == workflow["events"]


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"loan_id": ""}, ["loan_id"]),
        ({"books": []}, ["books"]),
        ({"books": [{"title": "title-1", "copies": 0}]}, ["books[0].copies"]),
        ({"books": [{"title": "title-1", "copies": "many"}]}, ["books[0].copies"]),
        ({"place": {"town": "Bern"}}, ["place.street"]),
        ({"reader": {}}, ["reader.name", "reader.email"]),
        ({"books": None}, ["books"]),
        ({"nothing": 1}, [""]),
    ],
)
def test_a_form_that_its_schema_does_not_allow_is_not_sent_and_the_field_is_named(
    library: Library, changes: dict[str, Any], places: list[str]
) -> None:
    before = library.laptop.now()

    told = library.visitor.done("send", type="RequestLoan", fields={**loan("loan-wrong", 1).fields, **changes})

    assert list(told["fault"]["at"]) == places
    assert told["fault"]["text"].startswith("RequestLoan")
    assert library.visitor.ask("GET", "/api/workflow/loan-wrong")[0] == 404
    assert library.laptop.now() == before


def test_what_is_wrong_stands_without_its_place_beside_the_field(library: Library) -> None:
    fields = {**loan("loan-wrong", 1).fields, "books": [{"title": "title-1", "copies": 0}]}

    told = library.visitor.done("send", type="RequestLoan", fields=fields)

    assert told["fault"]["at"]["books[0].copies"] == "must be bigger than or equal to 1"


def test_fields_that_are_no_object_are_refused(library: Library) -> None:
    status, told = library.visitor.post("send", type="RequestLoan", fields=["loan-1"])

    assert (status, told["error"]) == (400, "the fields of a command are a JSON object")
