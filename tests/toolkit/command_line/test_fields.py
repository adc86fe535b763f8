"""`FIELD=VALUE`, as typed at the terminal."""

from __future__ import annotations

from typing import Any

import pytest

from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.run.fields import with_fields

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "loan_id": {"type": "string"},
        "deposit": {"type": "number"},
        "place": {"type": "object", "properties": {"code": {"type": "string"}}},
        "books": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"title": {"type": "string"}, "copies": {"type": "integer"}},
            },
        },
    },
}


def changed(*assignments: str, **fields: Any) -> dict[str, Any]:
    return with_fields(fields, list(assignments), SCHEMA)


def test_a_text_is_taken_as_typed_even_when_it_looks_like_a_number() -> None:
    assert changed("loan_id=42", "place.code=01067") == {"loan_id": "42", "place": {"code": "01067"}}


def test_any_other_value_is_read_as_json() -> None:
    assert changed("deposit=12.5", 'books=[{"title": "title-1"}]') == {"deposit": 12.5, "books": [{"title": "title-1"}]}


def test_a_value_that_is_no_json_stays_a_text_for_the_schema_to_judge() -> None:
    assert changed("deposit=much", "unknown=word") == {"deposit": "much", "unknown": "word"}


def test_a_value_may_hold_an_equals_sign() -> None:
    assert changed("loan_id=a=b") == {"loan_id": "a=b"}


def test_a_path_changes_one_item_and_leaves_its_neighbours() -> None:
    books = [{"title": "title-1", "copies": 1}, {"title": "title-2", "copies": 1}]

    after = changed("books[1].copies=3", books=books)

    assert after == {"books": [{"title": "title-1", "copies": 1}, {"title": "title-2", "copies": 3}]}
    assert books[1]["copies"] == 1


def test_the_item_after_the_last_is_added() -> None:
    assert changed("books[0].title=a", "books[1].title=b") == {"books": [{"title": "a"}, {"title": "b"}]}


@pytest.mark.parametrize(
    ("assignment", "complaint"),
    [
        ("loan_id", "'loan_id' is not FIELD=VALUE"),
        ("=1", "'=1' is not FIELD=VALUE"),
        ("books[x].title=1", "is not FIELD=VALUE"),
        ("books[2].title=a", "leaves a gap: the next item is [1]"),
        ("books.title=a", "does not fit: there is no 'title' in"),
        ("loan_id[0]=a", 'does not fit: "o-1" is no list'),
        ("loan_id.first=a", "does not fit: there is no 'first' in \"o-1\""),
    ],
)
def test_what_does_not_fit_is_refused_by_name(assignment: str, complaint: str) -> None:
    with pytest.raises(UsageRefused) as refusal:
        changed(assignment, loan_id="o-1", books=[{"title": "title-1"}])

    assert complaint in str(refusal.value)
    assert assignment.partition("=")[0] in str(refusal.value)
