"""Each check of the graph, seen failing: on templates or declarations with one thing wrong, and passing without it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from ensemble.choreography.checks import violations as findings
from ensemble.choreography.delivery import unheard
from ensemble.choreography.errors import ChoreographyRefused
from ensemble.choreography.flow import cycles, undone_finding, unfinished_compensations
from ensemble.choreography.gate import refuse_what_breaks
from ensemble.choreography.graph import Graph
from ensemble.choreography.retention import DAY, longest_delivery_days
from ensemble.contracts.kinds import unanswered
from functions.kit.model import Decision, Reaction, Service, on, unchanged
from tests.conftest import NAMES
from tests.toolkit.choreography.conftest import (
    SCHEMAS,
    SERVICES,
    GraphOf,
    drawn,
    with_reaction,
    without_reaction,
)

Resource = dict[str, Any]

DELIVERY_REFUSED = NAMES.rule("shelf", "DeliveryRefused")


def edited(type: str, stack: str, change: Callable[[Resource], object]) -> Callable[[str, Resource], None]:
    """Return an edit of the properties of the resources of one type in one stack."""

    def edit(name: str, resource: Resource) -> None:
        if (name, resource["Type"]) == (stack, type):
            change(resource["Properties"])

    return edit


def in_pattern(event: str, **fields: Any) -> Callable[[Resource], None]:
    def change(properties: Resource) -> None:
        if event in properties.get("EventPattern", {}).get("detail-type", []):
            properties["EventPattern"].update(fields)

    return change


def only(found: Iterable[object]) -> str:
    (one,) = found
    return str(one)


def violations(graph: Graph) -> list[str]:
    return [str(finding) for finding in findings(graph)]


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_a_project_without_a_mistake_passes_every_check(environment: str, assembly: Path) -> None:
    refuse_what_breaks(assembly, SERVICES, SCHEMAS, date.today())


# Permissions, rules, hearers


def test_a_source_that_differs_by_a_letter_between_a_publisher_and_its_policy_and_rules_is_found(
    graph_of: GraphOf,
) -> None:
    """A real mistake of a public sample, in our words: who publishes says one source, policy and rules say another."""

    def misspelt(_: str, resource: Resource) -> None:
        text = json.dumps(resource["Properties"]).replace('["shelf"]', '["shelv"]')
        resource["Properties"] = json.loads(text)

    messages = violations(graph_of(misspelt))

    assert len(messages) == 5
    assert all(message.startswith("functions/shelf/service.py: shelf publishes") for message in messages)
    assert "permits the source 'shelv' (is 'shelv' misspelt?)" in messages[0]
    assert "CopiesReserved" in messages[3]
    assert "courier never hears it" in messages[3]


def test_a_rule_without_a_target_is_found(graph_of: GraphOf) -> None:
    """Another one: the rule is there, matches, and leads nowhere."""

    def untargeted(properties: Resource) -> None:
        if "CopiesReserved" in properties.get("EventPattern", {}).get("detail-type", []):
            del properties["Targets"]

    messages = violations(graph_of(edited("AWS::Events::Rule", NAMES.stack("courier"), untargeted)))

    lost = "has no target, so CopiesReserved ends there, for which courier waits"
    assert any(
        f"rule {NAMES.rule('courier', 'CopiesReserved')} in stack {NAMES.stack('courier')} {lost}" in message
        for message in messages
    )


def test_a_rule_that_matches_nothing_that_can_be_published_is_found_with_what_was_meant(graph_of: GraphOf) -> None:
    misspelt = edited("AWS::Events::Rule", NAMES.stack("shelf"), in_pattern("DeliveryRefused", source=["couriar"]))

    messages = violations(graph_of(misspelt))

    dead = next(message for message in messages if "matches nothing" in message)
    assert dead.startswith(f"functions/shelf/service.py: rule {DELIVERY_REFUSED} in stack {NAMES.stack('shelf')}")
    assert "the source 'couriar' is not published: did you mean 'courier'?" in dead
    assert "shelf waits in vain" in dead


def test_a_dead_rule_with_operators_in_its_pattern_is_found_too(graph_of: GraphOf) -> None:
    nobody = edited(
        "AWS::Events::Rule", NAMES.stack("shelf"), in_pattern("DeliveryRefused", source=[{"prefix": "zzz"}])
    )

    assert any(
        f"{DELIVERY_REFUSED} in stack {NAMES.stack('shelf')} matches nothing" in one
        for one in violations(graph_of(nobody))
    )


def test_a_rule_that_matches_only_some_live_versions_is_found(graph_of: GraphOf) -> None:
    only_old = in_pattern("LoanRequested", detail={"version": [{"prefix": "1."}]})

    message = only(violations(graph_of(edited("AWS::Events::Rule", NAMES.stack("shelf"), only_old))))

    assert "does not match every LoanRequested 2.0, which is live: shelf loses it" in message


def test_a_service_that_is_delivered_what_it_does_not_react_to_is_found(graph_of: GraphOf) -> None:
    messages = violations(graph_of(services=without_reaction("mail", "LoanGranted")))

    assert any("a rule delivers LoanGranted to mail, which does not react" in one for one in messages)


def test_a_permission_that_nobody_uses_is_found(graph_of: GraphOf) -> None:
    asked = "LoanCancellationRequested"

    def silenced(service: Service) -> Service:
        reactions = (replace(one, emits=()) if one.event == asked else one for one in service.reactions)
        return replace(service, reactions=tuple(reactions), terminal=())

    services = tuple(silenced(one) if one.name == "courier" else one for one in SERVICES)

    message = only(violations(graph_of(services=services)))

    assert "the policy of courier lets it put LoanCancellationRefused, which no reaction of it publishes" in message


def test_an_event_that_nobody_hears_must_be_declared_terminal() -> None:
    lonely = Service("loan", "loan_id", dict, (on("RequestLoan", unchanged_by, reads=(), emits=("LoanRequested",)),))

    assert "nobody reacts to LoanRequested" in only(list(unheard(drawn(lonely), frozenset())))
    assert not list(unheard(drawn(replace(lonely, terminal=("LoanRequested",))), frozenset()))


def test_an_event_that_is_heard_is_not_terminal(graph_of: GraphOf) -> None:
    services = tuple(
        replace(one, terminal=(*one.terminal, "LoanRequested")) if one.name == "loan" else one for one in SERVICES
    )

    message = only(violations(graph_of(services=services)))

    assert message.startswith("functions/loan/service.py: LoanRequested is terminal and yet")


def silenced(reaction: Reaction) -> Reaction:
    """Return the reaction to AddCopies without its answers."""
    return replace(reaction, emits=(), refusals=()) if reaction.event == "AddCopies" else reaction


def test_a_command_whose_reaction_publishes_nothing_is_found() -> None:
    silent = tuple(
        replace(one, terminal=(), reactions=tuple(map(silenced, one.reactions))) if one.name == "shelf" else one
        for one in SERVICES
    )

    message = only(list(unanswered(silent, SCHEMAS)))

    assert message == (
        "functions/shelf/service.py: AddCopies is a command, and the reaction of shelf to it publishes nothing. "
        "Harmed: bindery, who would never hear what came of it. Fix: publish an event that says that it is done, and "
        "one that says why it is not, and declare them in `emits` and `refusals`; or, if nobody waits for an answer, "
        'let its schema say "x-kind": "event"'
    )


@pytest.mark.parametrize(("kind", "number"), [("event", 0), ("command", 1)])
def test_what_a_schema_says_decides_whether_an_answer_is_due(kind: str, number: int) -> None:
    asking = Service("loan", "loan_id", dict, (on("OpenLoan", unchanged_by, reads=(), emits=("CheckShelf",)),))
    asked = Service("shelf", "loan_id", dict, (on("CheckShelf", unchanged_by, reads=()),))
    graph = drawn(asking, asked, kinds={"CheckShelf": kind})

    found = [one for one in findings(graph) if "is a command, and the reaction of shelf" in one.problem]
    assert len(found) == number


def hearing(event: str) -> tuple[Service, Service]:
    """Return two services that react to the event."""
    one = Service("loan", "loan_id", dict, (on(event, unchanged_by, reads=()),))
    return one, replace(one, name="other")


def test_a_command_has_exactly_one_consumer() -> None:
    one, other = hearing("RequestLoan")

    assert not list(unheard(drawn(one), frozenset()))
    assert "the command RequestLoan is heard by loan, other" in only(list(unheard(drawn(one, other), frozenset())))


def test_an_event_from_outside_whose_schema_says_so_may_be_heard_by_many_and_not_by_nobody() -> None:
    graph = drawn(*hearing("ParcelScanned"), kinds={"ParcelScanned": "event"})

    assert not list(unheard(graph, frozenset()))
    message = only(list(unheard(replace(graph, edges=()), frozenset())))
    assert message.endswith("nobody reacts to ParcelScanned. Fix: react to it, or remove its schema")


def test_a_command_of_a_service_is_heard_by_exactly_one() -> None:
    asking = Service("desk", "loan_id", dict, (on("LoanRequested", unchanged_by, reads=(), emits=("CheckReader",)),))
    kinds = {"CheckReader": "command"}

    assert not list(unheard(drawn(asking, hearing("CheckReader")[0], kinds=kinds), frozenset()))
    message = only(list(unheard(drawn(asking, *hearing("CheckReader"), kinds=kinds), frozenset())))
    assert message.startswith("functions/desk/service.py: the command CheckReader is heard by loan, other")


def test_a_command_that_nobody_hears_is_found(graph_of: GraphOf) -> None:
    def unwired(properties: Resource) -> None:
        properties.setdefault("EventPattern", {})["source"] = ["nobody"]

    messages = violations(graph_of(edited("AWS::Events::Rule", NAMES.stack("loan"), unwired)))

    assert any("the command RequestLoan is heard by nobody" in message for message in messages)


# Cycles


def unchanged_by(state: Any, event: Any) -> Decision:
    return unchanged(state)


PING = Service("ping", "id", dict, (on("BallReturned", unchanged_by, reads=(), emits=("BallServed",)),))
PONG = Service("pong", "id", dict, (on("BallServed", unchanged_by, reads=(), emits=("BallReturned",)),))


def test_a_circle_of_events_is_found_and_printed() -> None:
    message = only(list(cycles(drawn(PING, PONG))))

    assert "BallReturned -> (ping) -> BallServed -> (pong) -> BallReturned" in message


def test_a_circle_with_a_declared_hop_bound_is_allowed() -> None:
    bounded = replace(PONG, reactions=(replace(PONG.reactions[0], hop_bound=6),))

    assert not list(cycles(drawn(PING, bounded)))


def test_a_circle_is_told_from_where_the_workflow_enters_it(graph_of: GraphOf) -> None:
    again = with_reaction("loan", "CopiesSent", emits=("LoanGranted", "LoanRequested"))

    message = only(violations(graph_of(services=again)))

    assert "LoanRequested -> (shelf) -> CopiesReserved" in message
    assert message.startswith("functions/loan/service.py")


# Compensation


def told(*services: Service) -> list[str]:
    return [str(undone_finding(undone)) for undone in unfinished_compensations(drawn(*services))]


def step(name: str, event: str, emits: str, **more: Any) -> Service:
    return Service(name, "id", dict, (on(event, unchanged_by, reads=(), emits=(emits,), **more),))


BOOK = step("hotel", "BookTrip", "RoomBooked")
FLY = step("airline", "RoomBooked", "SeatBooked", refusals=("SeatRefused",))


def undoing(event: str, **more: Any) -> Service:
    undo = on(event, unchanged_by, reads=(), emits=("RoomReleased",), compensates="RoomBooked", **more)
    return replace(BOOK, reactions=(*BOOK.reactions, undo))


def test_a_step_that_a_failure_leaves_undone_is_found_with_the_way_there() -> None:
    message = only(told(BOOK, FLY))

    assert message.startswith("functions/hotel/service.py: RoomBooked -> SeatRefused leaves RoomBooked of hotel undone")


def test_a_step_with_a_reaction_that_undoes_it_is_complete() -> None:
    assert not told(undoing("SeatRefused"), FLY)


def test_a_step_may_be_undone_by_what_surely_follows_the_failure() -> None:
    relay = step("desk", "SeatRefused", "TripRefused")

    assert not told(undoing("TripRefused"), FLY, relay)


def test_what_follows_only_sometimes_does_not_undo_a_step() -> None:
    maybe = Service(
        "desk", "id", dict, (on("SeatRefused", unchanged_by, reads=(), emits=("TripRefused", "TripSaved")),)
    )

    message = only(told(undoing("TripRefused"), FLY, maybe))

    assert "RoomBooked -> SeatRefused -> TripSaved leaves RoomBooked" in message


def test_a_circle_does_not_undo_a_step() -> None:
    back = step("desk", "SeatRefused", "TripMoved")
    forth = Service("agent", "id", dict, (on("TripMoved", unchanged_by, reads=(), refusals=("SeatRefused",)),))

    assert told(BOOK, replace(FLY, name="airline"), back, forth)


@pytest.mark.parametrize("declared", [{"pivot": True}, {"irreversible": "a voucher is a gift"}])
def test_a_pivot_and_what_is_irreversible_need_no_undoing(declared: dict[str, Any]) -> None:
    booked = replace(BOOK, reactions=(replace(BOOK.reactions[0], **declared),))

    assert not told(booked, FLY)


def test_a_failure_before_a_step_does_not_concern_it() -> None:
    late = step("hotel", "SeatBooked", "RoomBooked")
    first = Service(
        "airline",
        "id",
        dict,
        (on("BookTrip", unchanged_by, reads=(), emits=("SeatBooked",), refusals=("SeatRefused",)),),
    )

    assert not told(first, late)


@pytest.mark.parametrize(
    ("service", "event", "way"),
    [
        ("shelf", "DeliveryRefused", "CopiesReserved -> DeliveryRefused leaves CopiesReserved of shelf"),
        ("loan", "CopiesRefused", "LoanRequested -> CopiesRefused leaves LoanRequested of loan"),
        ("loan", "CopiesReleased", "CopiesReleased leaves LoanRequested of loan"),
    ],
)
def test_every_compensation_of_a_complete_project_is_needed(
    service: str, event: str, way: str, graph_of: GraphOf
) -> None:
    graph = graph_of(services=without_reaction(service, event))

    messages = [undone_finding(undone) for undone in unfinished_compensations(graph)]

    assert way in only(messages)


# Retention


def test_ids_that_are_forgotten_before_their_events_are_found(graph_of: GraphOf) -> None:
    def forget(properties: Resource) -> None:
        properties["Environment"]["Variables"]["ID_MEMORY_SECONDS"] = str(148 * DAY)

    message = only(violations(graph_of(edited("AWS::Lambda::Function", NAMES.stack("courier"), forget))))

    assert "courier remembers the id of an event for 148.0 days" in message
    assert "courier would handle it twice" in message


@pytest.mark.parametrize(
    ("type", "stack", "change"),
    [
        ("AWS::Events::Archive", NAMES.stack("platform"), {"RetentionDays": 0}),
        ("AWS::SQS::Queue", NAMES.stack("courier"), {"MessageRetentionPeriod": 30 * DAY}),
        ("AWS::SQS::Queue", NAMES.stack("shelf"), {"MessageRetentionPeriod": 30 * DAY}),
    ],
)
def test_whatever_keeps_events_longer_makes_the_memory_of_ids_too_short(
    type: str, stack: str, change: Resource, graph_of: GraphOf
) -> None:
    messages = violations(graph_of(edited(type, stack, lambda properties: properties.update(change))))

    assert any("courier remembers the id of an event for" in message for message in messages)


def test_a_table_that_never_expires_what_its_service_forgets_is_found(graph_of: GraphOf) -> None:
    def keep(properties: Resource) -> None:
        properties.pop("TimeToLiveSpecification", None)

    def forgets(state: Any) -> timedelta:
        return timedelta(days=1)

    services = tuple(replace(one, forgets=forgets if one.name == "courier" else None) for one in SERVICES)
    edit = edited("AWS::DynamoDB::Table", NAMES.stack("courier"), keep)

    message = only(violations(graph_of(edit, services=services)))

    assert message.startswith(f"stack {NAMES.stack('courier')}: the table of courier has no time to live")


def test_an_event_may_be_delivered_for_as_long_as_archive_queues_and_dead_letter_queues_keep_it_and_its_cause(
    graph_of: GraphOf,
) -> None:
    redriven = 2 * 14 + 14 + 2 * 14
    assert longest_delivery_days(graph_of().resources) == redriven + 7 + 1 + redriven


# The gate


def test_what_is_refused_leaves_nothing_to_deploy(assembly: Path, tmp_path: Path) -> None:
    copy = tmp_path / "cdk.out"
    shutil.copytree(assembly, copy, ignore=shutil.ignore_patterns("asset.*"))

    with pytest.raises(ChoreographyRefused, match="LoanRequested -> CopiesRefused"):
        refuse_what_breaks(copy, without_reaction("loan", "CopiesRefused"), SCHEMAS, date.today())

    assert not (copy / "manifest.json").exists()
