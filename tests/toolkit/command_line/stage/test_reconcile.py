"""`ensemble reconcile`: what a row has said and the bus has not is told, and said again by the row's own service."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

from ensemble.command_line.project import read_services
from ensemble.command_line.run.control import routes
from ensemble.command_line.run.up import questions
from ensemble.command_line.stage.account import Account
from ensemble.command_line.stage.missed import Missed
from ensemble.command_line.stage.operations import Operation
from ensemble.command_line.stage.reconcile import DAY_SECONDS, missing_in, sent_once_more
from ensemble.command_line.stage.reconciling import Gap, Hole, Reconciling
from ensemble.command_line.trace.declared import Declared, read_declared
from ensemble.console.dead_letters import Letter
from ensemble.contracts.loading import load_schemas
from ensemble.laptop import Laptop, VirtualClock
from ensemble.laptop.answers import Answer, json_answer
from scenarios.lending.scenario import SCENARIO, loan
from tests.conftest import LENDING, NAMES
from tests.toolkit.command_line.conftest import Command

WHAT = {"operation": "drop", "why": "a test", "number": 1}

DELIVERED_FOR = 1_000.0
"""Seconds after which a message that waits has come again."""


@dataclass
class Stage:
    """The library on a laptop, whose bus takes nothing of `mute`."""

    laptop: Laptop
    url: str
    declared: Declared
    assembly: Path
    mute: str = ""

    def around(self, headers: Mapping[str, str], body: bytes, answer: Callable[[], Answer]) -> Answer:
        is_put = headers.get("x-amz-target") == "AWSEvents.PutEvents"
        if is_put and json.loads(body)["Entries"][0]["Source"] == self.mute:
            return json_answer(503, {"__type": "ServiceUnavailable"})
        return answer()

    def client(self, service: str) -> Any:
        return boto3.client(service, endpoint_url=self.url, region_name="eu-west-1")  # type: ignore[call-overload]

    def lose(self, service: str, loan_id: str, after: float = 20) -> None:
        """Let a service commit what it cannot publish, and lose the messages that would have it try again."""
        self.mute = service
        entry = {"EventBusName": NAMES.bus, "Source": "desk", "DetailType": "RequestLoan"}
        self.laptop.put_events([entry | {"Detail": json.dumps(loan(loan_id, 1).fields)}])
        self.laptop.run_for(after)
        for queue, fed in self.declared.fed.items():
            if fed == service:
                self.client("sqs").purge_queue(QueueUrl=self.client("sqs").get_queue_url(QueueName=queue)["QueueUrl"])
        self.mute = ""
        self.laptop.run_for(DELIVERED_FOR)

    @property
    def reconciling(self) -> Reconciling:
        return Reconciling(self.declared, self.client("dynamodb"), self.client("sqs"), self.laptop.now())

    def holes(self) -> list[Hole]:
        return list(self.reconciling.holes(self.declared.services, 0.0))

    def missed(self, loan_id: str) -> list[Missed]:
        missing = missing_in(self.declared, self.assembly, Account(self.url, region=None), self.laptop.now())
        found = missing.missed(self.declared.services, self.laptop.now() - DAY_SECONDS)
        return [one for one in found if one.key == f"loan_id#{loan_id}"]

    def repair(self, gaps: Sequence[Gap]) -> list[Gap]:
        return sent_once_more(self.reconciling, gaps, (self.laptop.now, self.laptop.run_for))

    def ask_for(self, *loans: str) -> None:
        """Ask for loans, and let time pass until they are at rest."""
        entry = {"EventBusName": NAMES.bus, "Source": "desk", "DetailType": "RequestLoan"}
        self.laptop.put_events([entry | {"Detail": json.dumps(loan(one, 1).fields)} for one in loans])
        self.laptop.run_for(DELIVERED_FOR)

    def events(self) -> list[tuple[str, str]]:
        table = self.declared.tables["journal"]
        pages = self.client("dynamodb").get_paginator("scan").paginate(TableName=table)
        items = [item for page in pages for item in page["Items"] if "type" in item]
        return [(item["type"]["S"], item["position"]["S"].partition("#")[2]) for item in items]


@pytest.fixture(scope="module")
def stage(lending: Path) -> Iterator[Stage]:
    assembly = lending / "cdk.out" / "assembly-dev"
    with Laptop(assembly, VirtualClock(), settings=SCENARIO.settings) as laptop:
        server = laptop.serve(0, routes(questions(laptop, NAMES)))
        declared = read_declared(assembly, read_services(LENDING), load_schemas(LENDING / "schemas"))
        stage = Stage(laptop, server.url, declared, assembly)
        laptop.around_requests(stage.around)
        (opening,) = SCENARIO.opening
        entry = {"EventBusName": NAMES.bus, "Source": opening.source, "DetailType": opening.type}
        laptop.put_events([entry | {"Detail": json.dumps(opening.fields)}])
        laptop.run_for(20)
        yield stage


def test_where_nothing_is_lost_nothing_is_told(stage: Stage) -> None:
    assert stage.holes() == []


def test_what_a_purge_has_lost_is_told_and_said_again_by_its_service(stage: Stage) -> None:
    stage.lose("shelf", "loan-lost")

    holes = stage.holes()
    out = stage.repair(holes)
    stage.laptop.run_for(30)

    (hole,) = holes
    assert (hole.service, hole.key, hole.types) == ("shelf", "loan_id#loan-lost", ("CopiesReserved",))
    assert hole.queue == NAMES.queue("shelf", "events")
    assert out == holes
    assert stage.holes() == []
    assert [type for type, _ in stage.events()].count("CopiesReserved") == 1


def test_what_a_timer_had_a_row_say_goes_out_too(stage: Stage) -> None:
    stage.lose("loan", "loan-late", after=900)

    holes = stage.holes()
    out = stage.repair(holes)
    stage.laptop.run_for(30)

    assert {(hole.key, hole.types, hole.queue) for hole in holes} == {
        ("loan_id#loan-late", ("LoanRequested",), NAMES.queue("loan", "commands")),
        ("loan_id#loan-late", ("LoanCancellationRequested",), stage.declared.timers["loan"]),
    }
    assert set(out) == set(holes)
    assert stage.holes() == []


def test_what_a_row_does_not_remember_is_not_sent_since_it_would_be_handled_anew(stage: Stage) -> None:
    stage.lose("shelf", "loan-forgotten")
    stage.client("dynamodb").update_item(
        TableName=stage.declared.tables["shelf"],
        Key={"pk": {"S": "loan_id#loan-forgotten"}},
        UpdateExpression="REMOVE inbox",
    )

    (hole,) = stage.holes()

    assert (hole.queue, hole.why) == (
        None,
        "its row does not remember the cause any more, and would handle it as a new event",
    )
    assert stage.repair([hole]) == []


def test_a_hole_whose_cause_was_dropped_says_who_did_it_and_why(
    stage: Stage, ensemble: Command, in_lending: Path
) -> None:
    stage.lose("shelf", "loan-dropped")
    (hole,) = [hole for hole in stage.holes() if hole.key == "loan_id#loan-dropped"]
    letter = Letter(
        "shelf-events", "shelf", "LoanRequested", "loan-dropped", hole.workflow, hole.event, "Boom", 0.0, ""
    )
    operation = Operation(Account(stage.url), NAMES.bus, lambda: datetime.fromtimestamp(stage.laptop.now(), UTC), WHAT)
    operation.started()
    operation.dropped([letter])
    stage.laptop.run_for(20)
    port = str(urlsplit(stage.url).port)

    told = ensemble("reconcile", "shelf", "--port", port, "--since", "25m").output
    document = json.loads(ensemble("reconcile", "shelf", "--port", port, "--since", "25m", "--json").output)

    (found,) = document["holes"]
    assert (found["dropped"]["why"], found["dropped"]["who"]) == ("a test", operation.who)
    assert f"its message was dropped 20 s ago by {operation.who}: a test" in told
    assert stage.repair([hole]) == [hole]


def test_the_command_sends_nothing_without_yes(
    stage: Stage, ensemble: Command, in_lending: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.lose("shelf", "loan-dry")
    before = stage.events()
    port = str(urlsplit(stage.url).port)

    told = ensemble("reconcile", "--port", port, "--since", "25m")
    document = json.loads(ensemble("reconcile", "shelf", "--port", port, "--since", "25m", "--json").output)

    assert told.status == 1
    assert "✗ shelf has said CopiesReserved of loan_id#loan-dry 1" in told.output
    assert f"would be sent to {NAMES.queue('shelf', 'events')}" in told.output
    assert "--yes sends 1 events" in told.output
    assert [(one["service"], one["out"]) for one in document["holes"]] == [("shelf", False)]
    assert ensemble("reconcile", "courier", "--port", port).status == 0
    assert ensemble("reconcile", "--port", port, "--since", "30s").status == 0
    assert stage.events() == before


def test_a_service_that_stores_events_and_handles_none_is_refused(
    ensemble: Command, in_lending: Path, stage: Stage
) -> None:
    outcome = ensemble("reconcile", "journal", "--port", str(urlsplit(stage.url).port))

    assert outcome.status == 2
    assert "there is no service 'journal' whose rows are looked through. There are: " in outcome.errors


@contextmanager
def without_target(stage: Stage, rule: str) -> Iterator[None]:
    events, here = stage.client("events"), {"Rule": f"{NAMES.beginning}-{rule}", "EventBusName": NAMES.bus}
    targets = events.list_targets_by_rule(**here)["Targets"]
    events.remove_targets(**here, Ids=[one["Id"] for one in targets])
    yield
    events.put_targets(**here, Targets=targets)


def test_what_passed_a_service_by_is_told_and_sent_to_its_queue(stage: Stage) -> None:
    with without_target(stage, "shelf-LoanRequested"):
        stage.ask_for("loan-passed")

    missed = stage.missed("loan-passed")
    closed = stage.repair(missed)
    stage.laptop.run_for(DELIVERED_FOR)

    assert [(one.service, one.key, one.type) for one in missed] == [("shelf", "loan_id#loan-passed", "LoanRequested")]
    assert missed[0].queue == NAMES.queue("shelf", "events")
    assert closed == missed
    assert stage.missed("loan-passed") == []


def test_what_came_just_now_may_be_on_its_way_and_is_not_told(stage: Stage) -> None:
    with without_target(stage, "shelf-LoanRequested"):
        entry = {"EventBusName": NAMES.bus, "Source": "desk", "DetailType": "RequestLoan"}
        stage.laptop.put_events([entry | {"Detail": json.dumps(loan("loan-young", 1).fields)}])
        stage.laptop.run_for(30)

        young = stage.missed("loan-young")
    stage.laptop.run_for(DELIVERED_FOR)

    assert young == []
    assert stage.repair(stage.missed("loan-young")) != []


def test_what_would_be_a_dead_letter_is_told_and_not_sent(stage: Stage) -> None:
    entry = {"EventBusName": NAMES.bus, "Source": "desk", "DetailType": "RequestLoan"}
    with without_target(stage, "loan-RequestLoan"):
        stage.laptop.put_events([entry | {"Detail": json.dumps({**loan("loan-broken", 1).fields, "books": "many"})}])
        stage.laptop.run_for(DELIVERED_FOR)

    (missed,) = stage.missed("loan-broken")

    assert (missed.queue, missed.body) == (None, None)
    assert missed.why.startswith("it would fail: ContractViolation")
    assert stage.repair([missed]) == []
