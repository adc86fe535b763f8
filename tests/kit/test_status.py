"""A service says which fields of its state callers may read, and no sensitive one can be among them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from functions.kit.errors import ServiceMisdeclared
from functions.kit.model import Sensitive, Service


@dataclass(frozen=True, slots=True)
class Box:
    status: str
    email: Sensitive[str] = ""
    weight: int = 0
    content: dict[str, Any] = field(default_factory=dict)


def box(*status: str) -> Service:
    return Service(name="box", key="box_id", state=Box, status=status)


def test_texts_and_numbers_of_the_state_may_be_read() -> None:
    assert box("status", "weight").status == ("status", "weight")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("email", "email is sensitive"),
        ("content", "no text, number or boolean"),
        ("height", "no text, number or boolean"),
    ],
)
def test_what_is_sensitive_nested_or_not_there_is_refused(name: str, said: str) -> None:
    with pytest.raises(ServiceMisdeclared, match=said):
        box("status", name)


def test_a_service_without_a_state_has_none_to_read() -> None:
    with pytest.raises(ServiceMisdeclared, match="no text, number or boolean"):
        Service(name="box", key="box_id", status=("status",))
