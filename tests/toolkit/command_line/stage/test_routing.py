"""Who publishes and who hears is read off templates alone, of what is deployed as of what was synthesized."""

from __future__ import annotations

from pathlib import Path

import pytest

from ensemble.command_line.stage.routing import Routing, read_routing
from ensemble.command_line.stage.synthesized import Synthesized, stacks_in
from tests.toolkit.command_line.stage.small_stacks import platform, service


def routing(*stacks: Synthesized) -> Routing:
    return read_routing({one.name: one.template for one in stacks})


def test_a_stack_publishes_what_the_conditions_of_its_role_name_and_nothing_else() -> None:
    found = routing(platform(), service("shelf", ["CopiesReserved", "CopiesLost"], ["loan/LoanRequested"]))

    assert found.publishes["lending-dev-shelf"] == {("shelf", "CopiesReserved"), ("shelf", "CopiesLost")}
    assert found.publishes["lending-dev-platform"] == frozenset()


@pytest.mark.parametrize(
    ("event", "heard"),
    [(("loan", "LoanRequested"), True), (("desk", "LoanRequested"), False), (("loan", "LoanGranted"), False)],
)
def test_a_stack_hears_what_its_rules_let_through(event: tuple[str, str], heard: bool) -> None:
    assert (
        routing(platform(), service("shelf", hears=["loan/LoanRequested"])).hears("lending-dev-shelf", event) is heard
    )


def test_who_hears_all_hears_any() -> None:
    assert routing(platform(), service("journal", hears=["*"])).hears("lending-dev-journal", ("any", "Thing"))


def test_a_stack_that_is_not_there_hears_nothing() -> None:
    assert not routing(platform()).hears("lending-dev-journal", ("any", "Thing"))


def test_the_stacks_of_a_project_are_read_like_the_small_ones(lending: Path) -> None:
    found = routing(*stacks_in(lending / "cdk.out" / "assembly-dev"))

    assert ("shelf", "CopiesReserved") in found.publishes["lending-dev-shelf"]
    assert found.hears("lending-dev-courier", ("shelf", "CopiesReserved"))
    assert not found.hears("lending-dev-mail", ("shelf", "CopiesReserved"))
