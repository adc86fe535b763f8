"""The documents that docs/json.md shows have the members that the commands print."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ensemble.command_line.check.check import Report
from ensemble.command_line.limits.limits import Report as Limits
from ensemble.command_line.replay.planning import Plan
from ensemble.command_line.replay.stored import Window
from ensemble.command_line.shadow.comparing import Change, Difference, Differences
from ensemble.command_line.shadow.telling import Hider
from ensemble.command_line.shadow.telling import as_json as differences_of
from ensemble.command_line.simulate.coverage import Cells, Coverage
from ensemble.command_line.simulate.verdict import Campaign
from ensemble.command_line.stage.doctor import Diagnosis
from ensemble.command_line.stage.doctor import Finding as Told
from ensemble.command_line.stage.drain import document as drained
from ensemble.command_line.stage.draining import Held
from ensemble.command_line.stage.forget import Report as Forgotten
from ensemble.command_line.stage.forgetting import Erased, Wanted
from ensemble.command_line.stage.forgetting import Found as Come
from ensemble.command_line.stage.missed import Missed
from ensemble.command_line.stage.reconcile import Reconciled
from ensemble.command_line.stage.reconciling import Hole
from ensemble.command_line.stage.remaining import Remaining
from ensemble.command_line.stage.under_way import Queue as Counted
from ensemble.command_line.stage.under_way import UnderWay
from ensemble.command_line.trace.document import document as document_of
from ensemble.command_line.trace.document import row_document
from ensemble.command_line.trace.lines import LogLine
from ensemble.command_line.trace.logs import document as lines_of
from ensemble.command_line.trace.workflows import line_document
from ensemble.command_line.verify.invariants import DROPPED
from ensemble.command_line.verify.verify import Verdict
from ensemble.contracts.findings import Finding
from ensemble.contracts.schemas import Schemas
from ensemble.doctor.expected import Expected
from ensemble.doctor.looking import Drift
from ensemble.doctor.looking import Report as LookedAt
from ensemble.limits.figures import Figures
from ensemble.limits.limits import Limit, Measured
from ensemble.limits.search import Found
from ensemble.limits.sweeping import Swept
from ensemble.simulator.campaign import Tally
from ensemble.trace.conditions import Condition
from ensemble.trace.history import Commit
from ensemble.trace.known import Circuit, Drop, Happened, Hearing, Known, Queue, Row, Waited
from ensemble.trace.lines import WorkflowLine
from ensemble.trace.standing import standing_of
from functions.kit.model import Sensitive, Service
from functions.kit.saga import step
from tests.conftest import ROOT
from tests.kit.saga.tables import conducted


def shown(title: str) -> Any:
    text = (ROOT / "docs" / "json.md").read_text(encoding="utf-8").split(f"## `{title}`")[1]
    found = re.search(r"```json\n(.*?)```", text, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def members(value: Any) -> Any:
    """Return the names in a document, of lists those of the first element."""
    if isinstance(value, dict):
        return {name: members(inner) for name, inner in value.items()}
    return [members(value[0])] if isinstance(value, list) and value else type(value)


def test_the_document_of_check_is_as_documented() -> None:
    counts = {"services": 7, "events": 16, "versions": 25, "edges": 38}
    report = Report("dev", ("4f1c",), (Finding("a", "b", "c"),), (), counts)

    assert members(json.loads(report.as_json())) == members(shown("ensemble check --json"))


def test_the_document_of_a_campaign_is_as_documented() -> None:
    left_out = Counter({"notification": 17_954})
    tally = Tally(20_000, failures=[(5, "it is open")], faults=Counter(), left_out=left_out)
    run = Campaign(
        "dev", 0, {"core": 20_000, "full": 500}, {"core": tally}, 1.5, interrupted=False, judges_business=True
    )
    cells = Cells("step x fault", 1, (("a crash", "payment acknowledge"),))
    reached = Coverage({"a crash": (1, 1)}, Cells("reaction x outcome", 1, ()), cells)

    assert members(run.as_json(reached)) == members(shown("ensemble simulate --json"))


def test_the_document_of_an_erasure_is_as_documented() -> None:
    found = Come(known={"c-1"}, workflows={"w"}, left={"w": "a timer"}, kept={"row": "why"}, shared={"w"})
    found.tables["shop-dev-order"] = Erased(3, 2, 1, 1, 1)
    report = Forgotten("prod", Wanted(frozenset({"c-1"})), found, (Remaining("an archive", "2026-02-26"),))

    assert members(report.as_json()) == members(shown("ensemble forget --json"))


def test_the_document_of_a_workflow_is_as_documented() -> None:
    fields = {"order_id": "o-7", "payment_token": "(sensitive)"}
    reserved = Happened("5b1f", "Reserved", "stock", "a2f6", 0.0, "77c0", {"order_id": "o-7"}, fields, digest="d")
    hearing = Hearing("payment", "stock", "Reserved", "order_id", "payment-events", ("Charged",), ("provider",))
    state = {"status": "placed", "email": "(sensitive)"}
    commit = Commit("h3Jd_k2L", 1, 1.0, 0.031, 0.042, 1, ({"status": "requested"}, {"status": "placed"}), ("status",))
    known = Known(
        now=42.0,
        events=(reserved,),
        rows=(Row("order", "order_id#o-7", "a2f6", 2, state, due_at=900.0, history=(commit,)),),
        hearings=(hearing,),
        queues={"payment-events": Queue(0, 1, 0, 180.0)},
        waited={("payment", "d"): Waited(1.0, 1)},
        circuits={"payment": (Circuit("provider", 8, 66.0),)},
    )

    shown_document = shown("ensemble trace --json")
    assert members(document_of("o-7", "prod", known, standing_of(known))) == members(shown_document)


CHARGE = step(
    "ChargePayment",
    sends=("total",),
    done="PaymentCharged",
    refused=("PaymentFailed",),
    undo=("RefundPayment", "PaymentRefunded"),
    within=timedelta(minutes=5),
)


def test_the_document_of_a_sagas_row_is_as_documented() -> None:
    state = {
        "status": "running",
        "since": "2026-11-28T10:11:56.000Z",
        "steps": {"ChargePayment": "sent"},
        "deadlines": {"ChargePayment": "2026-11-28T10:16:56.000Z"},
        "known": "(sensitive)",
        "asked": None,
        "reason": "",
    }
    now = datetime(2026, 11, 28, 10, 12, 38, tzinfo=UTC).timestamp()
    row = Row("fulfilment", "order_id#o-7", "a2f6", 1, state, due_at=now, table=conducted(CHARGE).table)

    (told,), (documented,) = [row_document(row, now)], shown("ensemble row --json")["rows"]

    assert members(told["saga"]) == members(documented["saga"])
    assert told["saga"]["text"] == documented["saga"]["text"]
    assert told.keys() == documented.keys()


def test_the_document_of_limits_is_as_documented() -> None:
    limit = Limit("inventory", "workers", "40 ms of workers", 49.2, "transactions meet: counter#stock#sku-1")
    swept = Swept(90_000, 102.1, 88.0, 0)
    measured = Measured("order", Figures({}, {}, 0.0, 0.0, {}), Found(49.2, None, None), "", None, swept)
    document = Limits("prod", "fulfilled", 14, 5, [limit], [measured]).as_json()
    documented = shown("ensemble limits --json")

    assert members(document | {"assumed_seconds": {}}) == members(documented | {"assumed_seconds": {}})
    assert documented["assumed_seconds"].items() <= document["assumed_seconds"].items()


def test_the_document_of_log_lines_is_as_documented() -> None:
    fields = {"level": "INFO", "message": "EventHandled", "timestamp": "t", "service": "order", "type": "PlaceOrder"}

    lines = [LogLine(1_764_324_716.0, "/aws/lambda/shop-prod-order", fields)]
    assert members(lines_of("o-7", "prod", lines, 0.0, 1.0)) == members(shown("ensemble logs --json"))


def test_the_document_of_a_list_is_as_documented() -> None:
    line = WorkflowLine("a2f6", ("o-7",), "Placed", 0.0, Condition.WAITING, "Reserved", 1.0, "why", 60.0, is_late=True)

    documented = shown("ensemble workflows --json")

    assert members(documented["workflows"]) == members([line_document(line)])
    assert [name for name, _ in documented.items()] == ["stage", "now", "stored", "workflows"]


@dataclass(frozen=True)
class Order:
    """A state with something sensitive in it."""

    status: str
    email: Sensitive[str]


SERVICE = Service("order", "order_id", Order)
FIELDS = {"order_id": {"type": "string"}, "email": {"type": "string", "x-sensitive": True}}
SCHEMAS = Schemas({"Placed": "desk"}, {"Placed": {"1.0": {"type": "object", "properties": FIELDS}}}, {}, {})
DAY = Window.of("2026-01-30", "2026-01-31")


def test_the_document_of_a_plan_to_replay_is_as_documented() -> None:
    plan = Plan(
        "prod", DAY, 50.0, 24, {"analytics": Counter(OrderPlaced=24)}, {"analytics": "2026-01-30T00:00:04.000Z"}
    )
    plan.each_usd = {"analytics": 2.5e-6}

    assert members(plan.as_json()) == members(shown("ensemble replay plan --json"))


def test_the_document_of_differences_is_as_documented() -> None:
    fields = {"order_id": "o-7", "email": "a@example.com"}
    before = {"state": {"status": "placed", "email": "a@example.com"}, "version": 1}
    change = Change(("publishes", 0, "fields", "total", "minor_units"), 1250, 1249)
    found = Differences()
    found.add(Difference("Placed", "order_id#o-7", "e-7", before, fields, [change]))

    document = differences_of("prod", "order", DAY, "main", found, Hider(SERVICE, SCHEMAS))

    assert members(document) == members(shown("ensemble shadow --json"))
    assert document["differences"][0]["witness"]["changes"] == [
        {"at": "publishes[0].fields.total.minor_units", "old": 1250, "new": 1249}
    ]


def test_the_document_of_the_doctor_is_as_documented() -> None:
    rule = Expected("stack", "AWS::Events::Rule", "rule", "", {}, "Rule")
    drift = Drift(rule, "rule", "State", "DISABLED", "ENABLED", "Nobody hears.", None)
    report = LookedAt(
        (drift,), {("AWS::Lambda::Function", "Code"): "why"}, {"AWS::Events::Rule": 1}, {"AWS::IAM::Role": 1}
    )
    made = Diagnosis("dev", (Told(drift.sentence, "aws", "stack", drift),), report)

    assert members(made.as_json()) == members(shown("ensemble doctor --json"))


def test_the_document_of_what_is_missing_is_as_documented() -> None:
    about: Any = {
        "service": "payment",
        "key": "order_id#o-7",
        "workflow": "w",
        "event": "e",
        "since": 0.0,
        "queue": "q",
    }
    drop = Drop("payment", "e", 0.0, "who", "why", "reason", "operation")
    hole, missed = Hole(**about, types=("PaymentCharged",), drop=drop), Missed(**about, type="InventoryReserved")

    made = Reconciled("dev", 0.0, [hole], [missed], [], sent=False, is_stored=True).as_json()

    assert members(made) == members(shown("ensemble reconcile --json"))


def test_the_document_of_a_drain_is_as_documented() -> None:
    held = [Held(Counted("queue", "arn", 0, 0, 1_209_600), is_held=False)]
    shown_there = shown("ensemble drain --json")

    made = drained("prod", held, UnderWay(**shown_there["under_way"]), is_done=False)

    assert members(made) == members(shown_there)


def test_the_document_of_a_verdict_is_as_documented() -> None:
    verdict = Verdict("dev", 2, 1, unjudged={"w-1": "why"})
    verdict.note("w", "a workflow ends once", "o-7 has ended 2 times")
    verdict.note("w", DROPPED, "PlaceOrder was dropped")

    made, documented = members(verdict.as_json()), members(shown("ensemble verify --json"))

    assert made.pop("not_judged_on_a_stage").keys() >= documented.pop("not_judged_on_a_stage").keys()
    assert made == documented
