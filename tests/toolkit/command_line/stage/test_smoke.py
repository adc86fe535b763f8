"""`ensemble demo --stage`: the stories on a deployed stage, beside what others do there, and as often as one likes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ensemble.scenario import Command, Scenario, Story
from ensemble.scenario.generated import filled_in
from scenarios.lending.scenario import SCENARIO
from tests.toolkit.command_line.conftest import Command as Ensemble
from tests.toolkit.command_line.conftest import Outcome
from tests.toolkit.command_line.stage.fake_aws import FakeAccount

Demo = Callable[..., Outcome]


@pytest.fixture
def demo(ensemble: Ensemble, in_lending: Path, account: FakeAccount, monkeypatch: pytest.MonkeyPatch) -> Demo:
    """Return a function that runs the command against the account, with a scenario of the project."""
    monkeypatch.setattr("ensemble.command_line.stage.smoke.Account", lambda *_, **__: account)
    monkeypatch.setattr("ensemble.command_line.stage.smoke.now", account.laptop.now)

    def run(*arguments: str, scenario: Scenario = SCENARIO) -> Outcome:
        monkeypatch.setattr("ensemble.command_line.project.find_scenario", lambda _root: scenario)
        return ensemble("demo", "--stage", "dev", *arguments)

    return run


def story(name: str) -> Story:
    return next(story for story in SCENARIO.stories if story.name == name)


def test_all_stories_end_as_they_must_and_nothing_is_left_of_the_watch(demo: Demo, account: FakeAccount) -> None:
    outcome = demo()

    assert (outcome.status, outcome.errors) == (0, "")
    assert [line.split("  ")[0] for line in outcome.output.splitlines() if line.startswith("✓")] == [
        f"✓ {story.name}" for story in SCENARIO.stories
    ]
    assert (account.rules, account.queues) == ({}, {})


def test_they_can_be_played_again_on_what_the_first_run_has_left(demo: Demo) -> None:
    assert [demo().status, demo().status] == [0, 0]


def test_a_command_is_named_apart_from_those_of_other_runs(demo: Demo, account: FakeAccount) -> None:
    demo(), demo()

    asked = [entry["Detail"] for entry in account.put if entry["DetailType"] == "RequestLoan"]
    assert len(asked) == 2 * len([one for story in SCENARIO.stories for one in story.commands if "copies" in str(one)])
    assert len(set(asked)) == len(asked)


def test_a_story_that_ends_wrongly_is_status_1_with_what_is_wrong(demo: Demo) -> None:
    wrong = replace(SCENARIO, stories=(replace(story("not on the shelf"), end=("LoanGranted",)),))

    outcome = demo(scenario=wrong)

    assert outcome.status == 1
    assert "✗ it ended with none, not LoanGranted" in outcome.output
    assert "✗ it did not come to rest in time" in outcome.output
    assert "/aws/lambda/" in outcome.output


def test_what_must_not_be_on_the_bus_is_waited_for_after_the_end(demo: Demo) -> None:
    late = replace(story("nobody goes there"), end=("DeliveryRefused",), appear=(), absent=("LoanRefused",))

    outcome = demo(scenario=replace(SCENARIO, stories=(late,)))

    assert outcome.status == 1
    assert "✗ LoanRefused was on the bus" in outcome.output


def test_a_race_may_end_as_any_story_does(demo: Demo) -> None:
    race = replace(story("cancelled too late"), end=("LoanRefused",), appear=("LoanCancellationRequested",))

    outcome = demo(scenario=replace(SCENARIO, stories=(story("granted"), race)))

    assert outcome.status == 0
    assert "A race, which may end as any story does: cancelled too late." in outcome.output


def test_a_race_that_ends_as_none_does_is_wrong(demo: Demo) -> None:
    race = replace(story("cancelled too late"), end=("CopiesRefused",))

    assert demo(scenario=replace(SCENARIO, stories=(race,))).status == 1


def test_a_long_story_is_left_out_and_named_unless_it_is_asked_for(demo: Demo) -> None:
    long = replace(story("granted"), name="for ever", within=5_400.0)
    scenario = replace(SCENARIO, stories=(long, story("not on the shelf")))

    without, with_it = demo(scenario=scenario), demo("--long", scenario=scenario)

    assert "Left out: for ever, which may take 90 minutes" in without.output
    assert "✓ for ever" not in without.output
    assert "✓ for ever" in with_it.output


def test_a_rule_that_is_new_overlooks_events_and_nothing_is_missed(demo: Demo, account: FakeAccount) -> None:
    account.deaf_for = 3
    overlooked: list[str] = []
    account.laptop.on_event(lambda _, event: overlooked.append(event["detail-type"]) if len(overlooked) < 3 else None)

    assert demo().status == 0
    # Overlooked: the opening, its answer, and the opening again, which as a duplicate is not answered again.
    assert overlooked == ["AddCopies", "CopiesAdded", "AddCopies"]
    assert [entry["DetailType"] for entry in account.put].count("AddCopies") == 3


def test_without_an_opening_a_story_is_begun_under_other_ids_until_it_is_seen(demo: Demo, account: FakeAccount) -> None:
    account.deaf_for = 1

    outcome = demo(scenario=replace(SCENARIO, opening=(), stories=(story("not on the shelf"),)))

    assert outcome.status == 0
    assert [entry["DetailType"] for entry in account.put] == ["RequestLoan"] * 3


def test_a_bus_on_which_nothing_is_seen_ends_it_in_words(demo: Demo, account: FakeAccount) -> None:
    account.deaf_for = 1_000

    outcome = demo()

    assert outcome.status == 1
    assert "is not seen on the bus after 90 s" in outcome.errors
    assert (account.rules, account.queues) == ({}, {})


def test_no_story_begins_before_the_opening_is_handled(
    demo: Demo, account: FakeAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ensemble.command_line.stage.smoke.Smoke._is_handled", lambda *_: False)

    outcome = demo()

    assert outcome.status == 1
    assert "the opening's AddCopies opening-" in outcome.errors
    assert "was not handled within 120 s" in outcome.errors
    assert {entry["DetailType"] for entry in account.put} == {"AddCopies"}


def test_stories_that_say_no_end_come_to_rest(demo: Demo) -> None:
    fields = filled_in(SCENARIO.examples["RequestLoan"], "any")
    open_ended = Story("any", commands=(Command("RequestLoan", "desk", fields),), end=())

    assert demo(scenario=replace(SCENARIO, stories=(open_ended,))).status == 0


def test_what_is_dead_lettered_meanwhile_is_a_fault_and_what_was_before_is_none(
    demo: Demo, account: FakeAccount
) -> None:
    broken = replace(story("granted").commands[0], fields={"loan_id": "loan-broken"})
    first = replace(SCENARIO, stories=(story("granted"), Story("broken", commands=(broken,), end=())))

    outcome = demo(scenario=first)

    assert outcome.status == 1
    assert "✗ 1 more dead letters in" in outcome.output
    assert demo().status == 0


def test_a_stage_that_is_not_deployed_as_a_whole_is_refused(demo: Demo, account: FakeAccount) -> None:
    assert account.stacks is not None
    missing = next(name for name in account.stacks.templates if name.endswith("-shelf"))
    del account.stacks.templates[missing]

    outcome = demo()

    assert outcome.status == 2
    assert "dev is not deployed there as a whole, there is no dev/shelf. Fix: cdk deploy -c stage=dev" in outcome.errors
    assert account.put == []


def test_a_protected_stage_is_refused_unless_it_is_asked_for(demo: Demo, account: FakeAccount) -> None:
    assert account.stacks is not None
    account.stacks.protected = set(account.stacks.templates)

    refused, played = demo(), demo("--even-protected")

    assert refused.status == 2
    assert "dev is protected against deletion" in refused.errors
    assert played.status == 0


def test_a_url_that_is_none_is_refused(ensemble: Ensemble, in_lending: Path) -> None:
    outcome = ensemble("demo", "--stage", "dev", "--endpoint", "nowhere")

    assert outcome.status == 2
    assert "'nowhere' is no URL" in outcome.errors


def test_what_is_for_a_stage_alone_is_refused_on_the_laptop(ensemble: Ensemble, in_lending: Path) -> None:
    for arguments in (("--long",), ("--even-protected",), ("--endpoint", "http://127.0.0.1:1")):
        outcome = ensemble("demo", *arguments)

        assert outcome.status == 2
        assert f"{arguments[0]} is for --stage" in outcome.errors
