"""Every name in AWS begins with its project and stage, is no name of another one's, and is one that AWS takes."""

from __future__ import annotations

import pytest

from infrastructure.errors import NameTooLong, PrefixRefused, StageRefused
from infrastructure.naming import Names
from tests.conftest import NAMES

UNFIT = ["Acme", "acme-", "-acme", "a-b", "a_b", "1st", "a" * 21, "", "é"]


def test_every_name_of_a_stage_begins_with_its_project_and_its_own_name() -> None:
    names = Names("acme", "dev")

    assert names.beginning == "acme-dev"
    assert names.bus == "acme-dev-ensemble"
    assert names.table("shelf") == "acme-dev-shelf"
    assert names.table("desk") == "acme-dev-desk"


@pytest.mark.parametrize("prefix", UNFIT)
def test_a_prefix_that_some_name_in_aws_cannot_have_is_refused(prefix: str) -> None:
    with pytest.raises(PrefixRefused, match=f"'{prefix}'"):
        Names(prefix, "dev")


@pytest.mark.parametrize("prefix", ["aws", "awsome", "ssm1"])
def test_a_prefix_that_no_parameter_of_a_secret_can_begin_with_is_refused(prefix: str) -> None:
    with pytest.raises(PrefixRefused, match=f"'{prefix}' begins with 'aws' or 'ssm'.* Fix: "):
        Names(prefix, "dev")


@pytest.mark.parametrize("stage", UNFIT)
def test_a_stage_that_some_name_in_aws_cannot_have_is_refused_by_its_name(stage: str) -> None:
    with pytest.raises(StageRefused, match=f"'{stage}'"):
        Names("acme", stage)


def test_a_name_that_aws_would_refuse_is_refused_before_it_is_deployed() -> None:
    fitting = "E" * (64 - len("lending-dev-shelf-"))

    assert len(NAMES.rule("shelf", fitting)) == 64
    with pytest.raises(NameTooLong, match=r"rule's name .* has 65 characters and AWS allows 64"):
        NAMES.rule("shelf", fitting + "E")
    with pytest.raises(NameTooLong, match="replay"):
        NAMES.replay(NAMES.rule("shelf", fitting))
    with pytest.raises(NameTooLong, match=r"function's name .* has 65"):
        NAMES.consumer("s" * (65 - len("lending-dev-")))
    with pytest.raises(NameTooLong, match=r"queue's name .*-commands-dlq has 81"):
        NAMES.queue("s" * (81 - len("lending-dev--commands-dlq")), "commands")
    with pytest.raises(NameTooLong, match=r"stage 'aaaaaaaaaaaaaaaaaaaa': the archive's name .* Fix: shorten .* by 2"):
        Names("b" * 20, "a" * 20)
