"""Ids are UUIDs as AWS makes them, and the same in each run."""

from __future__ import annotations

from uuid import RFC_4122, UUID

from ensemble.laptop.identifiers import Identifiers


def test_an_id_is_a_uuid_of_chance_in_its_usual_form() -> None:
    identifiers = Identifiers("seed")

    for _ in range(100):
        text = identifiers.uuid()
        assert (str(UUID(text)), UUID(text).version, UUID(text).variant) == (text, 4, RFC_4122)


def test_ids_are_the_same_in_each_run() -> None:
    first, second = Identifiers("seed"), Identifiers("seed")

    assert [first.uuid() for _ in range(3)] == [second.uuid() for _ in range(3)]
