"""`ensemble plan`: what would change of a stage, and an order in which no event finds nobody who hears it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from ensemble.command_line.stage.plan import Plan, plan_of
from ensemble.command_line.stage.stacks import Stacks
from ensemble.command_line.stage.synthesized import Synthesized, stacks_in
from tests.toolkit.command_line.conftest import Command as Ensemble
from tests.toolkit.command_line.stage.fake_aws import FakeCloudFormation
from tests.toolkit.command_line.stage.small_stacks import platform, service

LOAN = service("loan", ["LoanRequested"], ["desk/RequestLoan", "shelf/CopiesReserved"])
SHELF = service("shelf", ["CopiesReserved"], ["loan/LoanRequested"])
JOURNAL = service("journal", [], ["*"])
BEFORE = (platform(), LOAN, SHELF, JOURNAL)


def cloud(stacks: Sequence[Synthesized]) -> FakeCloudFormation:
    return FakeCloudFormation({one.name: one.template for one in stacks})


def plan(before: Sequence[Synthesized], *after: Synthesized) -> Plan:
    return plan_of("dev", "lending-dev", after, Stacks(cloud(before)))


def commands(planned: Plan) -> list[str]:
    return [command.removeprefix("cdk deploy -c stage=dev ") for command, _ in planned.commands()]


def test_nothing_is_to_do_where_all_is_as_it_is_deployed() -> None:
    planned = plan(BEFORE, *BEFORE)

    assert {one.state for one in planned.changes} == {"unchanged"}
    assert (commands(planned), planned.is_safe) == ([], True)


def test_a_new_stage_is_one_step() -> None:
    planned = plan((), *BEFORE)

    assert commands(planned) == ['"dev/*"']
    assert planned.is_new


def test_a_stage_with_no_more_than_its_platform_is_a_new_one() -> None:
    assert commands(plan(BEFORE[:1], *BEFORE)) == ['"dev/*"']


def test_changed_functions_can_be_deployed_in_any_order_so_in_one_step() -> None:
    loan, shelf = service("loan", ["LoanRequested"], ["desk/RequestLoan", "shelf/CopiesReserved"], code="2"), SHELF

    planned = plan(BEFORE, platform(), loan, shelf, JOURNAL)

    assert commands(planned) == ["dev/loan"]
    assert [(one.path, one.kinds) for one in planned.changes if one.is_to_do] == [("dev/loan", ("functions",))]


def test_who_hears_a_new_event_comes_before_who_publishes_it() -> None:
    shelf = service("shelf", ["CopiesReserved", "CopiesLost"], ["loan/LoanRequested"])
    loan = service("loan", ["LoanRequested"], ["desk/RequestLoan", "shelf/CopiesReserved", "shelf/CopiesLost"])

    planned = plan(BEFORE, platform(), shelf, loan, JOURNAL)

    assert commands(planned) == ["dev/loan", "dev/shelf"]
    assert [(one.first, one.then) for one in planned.order.reasons] == [("lending-dev-loan", "lending-dev-shelf")]
    assert "CopiesLost" in planned.order.reasons[0].why


def test_an_event_that_gets_another_name_is_a_cycle_for_it_is_never_heard_under_both() -> None:
    shelf = service("shelf", ["CopiesTaken"], ["loan/LoanRequested"])
    loan = service("loan", ["LoanRequested"], ["desk/RequestLoan", "shelf/CopiesTaken"])

    assert not plan(BEFORE, platform(), loan, shelf, JOURNAL).is_safe


def test_who_hears_every_event_hears_a_new_one_already() -> None:
    shelf = service("shelf", ["CopiesReserved", "CopiesLost"], ["loan/LoanRequested"])
    journal = service("journal", [], ["*"], code="2")

    planned = plan(BEFORE, platform(), LOAN, shelf, journal)

    assert commands(planned) == ["dev/shelf dev/journal"]


def test_who_stops_publishing_an_event_comes_before_who_stops_hearing_it() -> None:
    shelf = service("shelf", [], ["loan/LoanRequested"])
    loan = service("loan", ["LoanRequested"], ["desk/RequestLoan"])

    planned = plan(BEFORE, platform(), loan, shelf, JOURNAL)

    assert commands(planned) == ["dev/shelf", "dev/loan"]
    assert "stops publishing CopiesReserved" in planned.order.reasons[0].why


def test_an_event_that_is_published_on_asks_for_no_order() -> None:
    loan = service("loan", ["LoanRequested"], ["desk/RequestLoan"])

    assert commands(plan(BEFORE, platform(), loan, SHELF, JOURNAL)) == ["dev/loan"]


def test_the_platform_comes_first_when_it_changes() -> None:
    shelf = service("shelf", ["CopiesReserved", "CopiesLost"], ["loan/LoanRequested"])

    planned = plan(BEFORE, platform("shelf@CopiesLost-1.0"), LOAN, shelf, JOURNAL)

    assert commands(planned) == ["dev/platform", "dev/shelf"]
    assert planned.changes[0].kinds == ("schemas",)


def test_readers_of_a_new_major_version_come_before_who_publishes_it() -> None:
    old, new = "loan@LoanRequested-1.0", "loan@LoanRequested-2.0"
    loan = service("loan", ["LoanRequested"], ["desk/RequestLoan", "shelf/CopiesReserved"], code="2")
    shelf = service("shelf", ["CopiesReserved"], ["loan/LoanRequested"], code="2")

    planned = plan((platform(old), LOAN, SHELF), platform(old, new), loan, shelf)

    assert commands(planned) == ["dev/platform", "dev/shelf", "dev/loan"]


def test_a_new_minor_version_asks_for_no_order() -> None:
    old, new = "loan@LoanRequested-1.0", "loan@LoanRequested-1.1"
    loan = service("loan", ["LoanRequested"], ["desk/RequestLoan", "shelf/CopiesReserved"], code="2")
    shelf = service("shelf", ["CopiesReserved"], ["loan/LoanRequested"], code="2")

    planned = plan((platform(old), LOAN, SHELF), platform(old, new), loan, shelf)

    assert commands(planned) == ["dev/platform", "dev/loan dev/shelf"]


def test_where_each_begins_to_publish_what_the_other_begins_to_hear_there_is_no_order() -> None:
    loan = service(
        "loan", ["LoanRequested", "LoanEnded"], ["desk/RequestLoan", "shelf/CopiesReserved", "shelf/CopiesLost"]
    )
    shelf = service("shelf", ["CopiesReserved", "CopiesLost"], ["loan/LoanRequested", "loan/LoanEnded"])

    planned = plan(BEFORE, platform(), loan, shelf, JOURNAL)

    assert not planned.is_safe
    assert list(planned.commands()) == []
    assert {(one.first, one.then) for one in planned.order.cycle} == {
        ("lending-dev-loan", "lending-dev-shelf"),
        ("lending-dev-shelf", "lending-dev-loan"),
    }
    assert {"CopiesLost" in one.why or "LoanEnded" in one.why for one in planned.order.cycle} == {True}


def test_a_service_that_the_app_makes_no_more_is_deleted_before_who_stops_hearing_it() -> None:
    loan = service("loan", ["LoanRequested"], ["desk/RequestLoan"])

    planned = plan(BEFORE, platform(), loan, JOURNAL)

    assert commands(planned) == ["aws cloudformation delete-stack --stack-name lending-dev-shelf", "dev/loan"]
    assert planned.changes[-1].state == "removed"


def test_a_stack_of_a_like_name_that_is_no_service_is_left_alone() -> None:
    others = Synthesized("", "lending-dev-database", {"Resources": {"Db": {"Type": "AWS::RDS::DBInstance"}}})

    assert commands(plan((*BEFORE, others), *BEFORE)) == []


def test_a_stack_of_another_stage_is_left_alone() -> None:
    other = Synthesized("", "lending-prod-shelf", SHELF.template)

    assert commands(plan((*BEFORE, other), *BEFORE)) == []


def test_a_stack_that_cannot_be_deployed_to_is_named() -> None:
    stacks = cloud(BEFORE)
    stacks.status["lending-dev-shelf"] = "UPDATE_ROLLBACK_FAILED"

    planned = plan_of("dev", "lending-dev", BEFORE, Stacks(stacks))

    assert [(one.name, one.status) for one in planned.unready] == [("lending-dev-shelf", "UPDATE_ROLLBACK_FAILED")]
    assert not planned.is_safe


def test_a_first_deployment_that_failed_counts_for_none() -> None:
    stacks = cloud(BEFORE)
    stacks.status["lending-dev-journal"] = "ROLLBACK_COMPLETE"

    planned = plan_of("dev", "lending-dev", BEFORE, Stacks(stacks))

    assert [one.path for one in planned.changes if one.state == "new"] == ["dev/journal"]


# The command


@pytest.fixture
def deployed(in_lending: Path, monkeypatch: pytest.MonkeyPatch) -> FakeCloudFormation:
    """The stacks of the lending project's dev, as CloudFormation has them."""
    stacks = cloud(stacks_in(in_lending))

    class Account:
        def __init__(self, *_: object, **__: object) -> None: ...
        def client(self, _service: str) -> FakeCloudFormation:
            return stacks

    monkeypatch.setattr("ensemble.command_line.stage.plan.Account", Account)
    return stacks


def test_the_command_says_that_nothing_is_to_deploy(ensemble: Ensemble, deployed: FakeCloudFormation) -> None:
    outcome = ensemble("plan", "--stage", "dev")

    assert (outcome.status, outcome.errors) == (0, "")
    assert "Nothing is to deploy." in outcome.output


def test_the_command_prints_the_order_and_why(ensemble: Ensemble, deployed: FakeCloudFormation) -> None:
    for name, template in deployed.templates.items():
        other = "CopiesReleased" if name == "lending-dev-shelf" else "NothingYet"
        deployed.templates[name] = json.loads(json.dumps(template).replace('"CopiesReserved"', f'"{other}"'))

    outcome = ensemble("plan", "--stage", "dev")

    assert outcome.status == 0
    steps = [line.strip() for line in outcome.output.splitlines() if line[:1].isdigit() or "after" in line]
    assert steps == [
        "1. cdk deploy -c stage=dev dev/courier",
        "2. cdk deploy -c stage=dev dev/shelf",
        "after lending-dev-courier: lending-dev-shelf begins to publish CopiesReserved, lending-dev-courier begins to "
        "hear it",
    ]


def test_the_command_says_what_to_do_where_there_is_no_order(ensemble: Ensemble, deployed: FakeCloudFormation) -> None:
    for name, template in deployed.templates.items():
        deployed.templates[name] = json.loads(json.dumps(template).replace('"CopiesReserved"', '"CopiesKept"'))

    outcome = ensemble("plan", "--stage", "dev")

    assert outcome.status == 1
    assert "There is no safe order" in outcome.output
    assert "Fix: deploy it in two parts." in outcome.output


def test_the_command_prints_a_document_for_programs(ensemble: Ensemble, deployed: FakeCloudFormation) -> None:
    del deployed.templates["lending-dev-journal"]

    outcome = ensemble("plan", "--stage", "dev", "--json")

    document = json.loads(outcome.output)
    assert document["safe"] is True
    assert document["steps"] == [
        {"command": "cdk deploy -c stage=dev dev/journal", "stacks": ["lending-dev-journal"]},
    ]
    assert {one["state"] for one in document["stacks"]} == {"new", "unchanged"}


def test_an_endpoint_that_does_not_answer_is_one_line(ensemble: Ensemble, in_lending: Path) -> None:
    outcome = ensemble("plan", "--stage", "dev", "--endpoint", "http://127.0.0.1:9")

    assert outcome.status == 1
    assert 'Could not connect to the endpoint URL: "http://127.0.0.1:9/"' in outcome.errors
    assert "correct --endpoint" in outcome.errors
