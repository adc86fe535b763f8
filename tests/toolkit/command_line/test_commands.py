"""Commands are made from examples and held to their schemas."""

from __future__ import annotations

from typing import Any

import pytest

from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.run.drafts import Stamp, drafted, finished
from ensemble.contracts.loading import load_schemas
from ensemble.scenario import Command
from ensemble.scenario.generated import example
from infrastructure.services import discover
from scenarios.lending.scenario import SCENARIO
from tests.conftest import LENDING

SCHEMAS = load_schemas(LENDING / "schemas")
SERVICES = discover(LENDING)
STAMP = Stamp(bridge_id="bridge-1", time="2026-01-01T00:00:00.000Z", unique="abc")


def command(type: str, *assignments: str, fields: dict[str, Any] | None = None) -> Command:
    draft = drafted(type, lambda type: fields or given(type), list(assignments), SCHEMAS)
    return finished(draft, [STAMP], SCHEMAS)[0]


def given(type: str) -> dict[str, Any]:
    return example(type, SERVICES, SCHEMAS, SCENARIO)


def test_a_command_has_the_envelope_that_it_would_get_where_it_enters() -> None:
    detail = command("RequestLoan").fields

    assert detail["type"] == "RequestLoan"
    assert detail["timestamp"] == STAMP.time
    assert detail["event_id"]
    assert detail.keys().isdisjoint({"correlation_id", "causation_id", "hops"})  # these its hearers make


def test_the_unique_texts_of_an_example_are_other_ones_in_each_command() -> None:
    stamps = [Stamp(f"bridge-{unique}", STAMP.time, unique) for unique in ("abc", "def")]

    made = finished(drafted("RequestLoan", given, [], SCHEMAS), stamps, SCHEMAS)

    assert [one.fields["loan_id"] for one in made] == ["loan-abc", "loan-def"]
    assert len({one.fields["event_id"] for one in made}) == 2


def test_given_fields_replace_the_examples() -> None:
    with pytest.raises(UsageRefused) as refusal:
        command("RequestLoan", fields={"loan_id": "loan-1"})

    assert str(refusal.value) == "RequestLoan needs reader, books, place"


@pytest.mark.parametrize(
    ("assignment", "complaint"),
    [
        ("books[0].copies=0", "RequestLoan.books[0].copies must be bigger than or equal to 1"),
        ("books[0].copies=many", "RequestLoan.books[0].copies must be integer"),
        (f"branch={'x' * 33}", "RequestLoan.branch must be shorter than or equal to 32 characters"),
        ("colour=red", "RequestLoan has no field colour; it has loan_id, reader, books, place, branch"),
        ("books[0].colour=red", "RequestLoan.books[0] has no field colour; it has title, copies"),
        ('books=[{"title": "title-1"}]', "RequestLoan.books[0] needs copies"),
    ],
)
def test_what_the_schema_does_not_allow_is_refused_by_its_path_and_rule(assignment: str, complaint: str) -> None:
    with pytest.raises(UsageRefused) as refusal:
        command("RequestLoan", assignment)

    assert str(refusal.value) == complaint


def test_an_unknown_type_is_refused_with_the_nearest_known_one() -> None:
    with pytest.raises(UsageRefused, match="no schema describes RequestLon: did you mean RequestLoan"):
        drafted("RequestLon", given, [], SCHEMAS)


def test_a_type_like_no_other_is_refused_with_all_known_ones() -> None:
    with pytest.raises(UsageRefused, match=r"known are AddCopies, .*RequestLoan"):
        drafted("xyz", given, [], SCHEMAS)
