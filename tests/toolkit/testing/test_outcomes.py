"""An outcome may be of any ordinary type, and each of its values that matters is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pytest

from ensemble.contracts.outcomes import MANY, OutcomeUnknown, values

if TYPE_CHECKING:
    from pathlib import Path


class Speed(Enum):
    SLOW = 1
    FAST = 2


@dataclass(frozen=True)
class Fee:
    cents: int
    waived: bool = False


@dataclass(frozen=True)
class Answer:
    taken: bool
    speed: Speed
    fee: Fee | None = None
    notes: list[str] = field(default_factory=list)
    copy_of: str = field(default="", init=False)


@dataclass(frozen=True)
class Unreadable:
    place: Path


@dataclass(frozen=True)
class Wide:
    a: bool
    b: bool
    c: bool
    d: bool
    e: bool
    f: bool
    g: Speed


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        (None, [None]),
        (type(None), [None]),
        (bool, [True, False]),
        (int, [1]),
        (float, [1.5]),
        (str, ["some"]),
        (Literal["yes", "no"], ["yes", "no"]),
        (Speed, [Speed.SLOW, Speed.FAST]),
        (str | None, ["some", None]),
        (list[bool], [[], [True], [False], [True, False]]),
        (tuple[int, ...], [(), (1,)]),
        (Annotated[int, "cents"], [1]),
        (Fee, [Fee(1, True), Fee(1, False)]),
    ],
    ids=str,
)
def test_each_value_that_matters_is_made(kind: Any, made: list[Any]) -> None:
    assert values(kind) == made


def test_a_dataclass_is_made_with_every_combination_of_its_fields() -> None:
    made = values(Answer)

    assert len(made) == 2 * 2 * 3 * 2 == len({repr(one) for one in made})
    assert Answer(False, Speed.FAST, None, []) in made


def test_of_very_many_combinations_each_value_of_each_field_is_made() -> None:
    made = values(Wide)

    assert len(made) == 8 < MANY
    assert {one.a for one in made} == {True, False}
    assert {one.g for one in made} == set(Speed)


@pytest.mark.parametrize("kind", [dict[str, int], complex, list[object]], ids=str)
def test_a_type_of_which_nothing_can_be_made_is_refused_with_what_can(kind: Any) -> None:
    with pytest.raises(OutcomeUnknown, match="declare an outcome that is None, bool, int"):
        values(kind)


def test_a_field_whose_type_is_imported_for_the_types_alone_is_refused_by_its_name() -> None:
    with pytest.raises(OutcomeUnknown, match="no value of Unreadable can be made: Path is not known"):
        values(Unreadable)
