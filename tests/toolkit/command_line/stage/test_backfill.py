"""Every row of a service is brought to the newest shape of its state, once, while others change rows too."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from rich.console import Console

from ensemble.command_line.check.states import is_recorded
from ensemble.command_line.errors import AwsFailed, UsageRefused
from ensemble.command_line.stage import rewriting
from ensemble.command_line.stage.backfill import rewrite
from ensemble.command_line.stage.rewriting import PAGE, PROGRESS
from ensemble.contracts.states.evolution import contract_of, file_of
from ensemble.project.deployed import record, recorded
from functions.kit import clients
from functions.kit.history import Handling
from functions.kit.inbox import entry, place_of
from functions.kit.model import Decision, Service, on, on_timer, unchanged
from functions.kit.rows import Commit, Row, RowStore

TABLE = "lending-dev-loan"
NOON = 1_767_268_800.0


@dataclass(frozen=True)
class Before:
    status: str
    reader: str = ""


@dataclass(frozen=True)
class Loan:
    status: str
    member: str = ""
    note: str = ""


def renamed(fields: dict[str, Any]) -> dict[str, Any]:
    if fields["status"] == "odd":
        raise ValueError("an odd one")
    others = {name: value for name, value in fields.items() if name != "reader"}
    return {**others, "member": fields.get("reader", "")}


def keep(state: Any, event: Any) -> Decision:
    return unchanged(state)


OLD = Service("loan", "loan_id", Before, (on("LoanRequested", keep, reads=()),))
NEW = replace(OLD, state=Loan, upcast_state={2: renamed})


class Stage:
    """A table with rows, a project with a record, and a clock that only pauses move."""

    def __init__(self, client: Any, root: Path) -> None:
        self.dynamodb, self.root = client, root
        self.rows = RowStore(client, TABLE, 3600)
        self.now = NOON
        self.paused: list[float] = []
        self.shown = io.StringIO()
        record(root, "dev", {file_of("loan"): contract_of(OLD)})
        both = contract_of(OLD)["states"] | contract_of(NEW)["states"]
        record(root, "dev", {file_of("loan"): {**contract_of(NEW), "states": both}})

    def client(self, service: str) -> Any:
        return self.dynamodb

    def pause(self, seconds: float) -> None:
        self.paused.append(seconds)
        self.now += seconds

    def put(self, number: int, state: Any, **others: Any) -> None:
        self.rows.commit(Commit(Row(f"loan_id#{number:04}", 0, state, **others), keep_seconds=9e6), NOON)

    def backfill(self, service: Service = NEW, rate: int = 1000) -> bool:
        console = Console(file=self.shown, width=200)
        clock = (lambda: self.now, self.pause)
        return rewrite(console, self.root, "dev", service, self, TABLE, rate, clock)  # type: ignore[arg-type]

    def item(self, key: str) -> dict[str, Any]:
        return dict(self.dynamodb.get_item(TableName=TABLE, Key={"pk": {"S": key}}).get("Item", {}))

    def items(self) -> dict[str, dict[str, Any]]:
        found = self.dynamodb.scan(TableName=TABLE)["Items"]
        return {item["pk"]["S"]: item for item in found if item["pk"]["S"] != PROGRESS}

    def versions(self) -> list[str]:
        return list(recorded(self.root)[0].services[file_of("loan")]["states"])


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with mock_aws():
        dynamodb = clients.dynamodb()
        dynamodb.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        )
        yield Stage(dynamodb, tmp_path)


def test_every_row_is_written_once_in_the_newest_shape_and_nothing_else_of_it_changes(stage: Stage) -> None:
    handled = {place_of("e-1"): entry(10**6)}
    stage.put(
        1, {"status": "requested", "reader": "ada"}, inbox=handled, unpublished={"e-1": "{}"}, correlation_id="c-1"
    )
    before = stage.item("loan_id#0001")

    assert stage.backfill()

    after = stage.item("loan_id#0001")
    assert json.loads(after["state"]["S"]) == {"status": "requested", "member": "ada", "note": ""}
    assert after["state_version"] == {"N": "2"}
    assert (before["version"], after["version"]) == ({"N": "1"}, {"N": "2"})
    for name in ("inbox", "unpublished", "correlation_id", "expires_at"):
        assert after[name] == before[name]


def test_a_history_that_would_lead_from_another_shape_is_dropped(stage: Stage) -> None:
    row = Row("loan_id#0001", 0, {"status": "requested", "reader": "ada"})
    stage.rows.commit(Commit(row, handling=Handling("e-1", NOON, 0, 1)), NOON)
    assert stage.rows.load("loan_id#0001").history

    assert stage.backfill()

    assert stage.rows.load("loan_id#0001").history == ""


def test_what_is_in_the_newest_shape_is_not_written(stage: Stage) -> None:
    stage.put(1, {"status": "requested", "member": "ada", "note": ""}, state_version=2)
    before = stage.items()

    assert stage.backfill()
    assert stage.items() == before


def test_a_field_that_a_row_lacks_is_written_with_its_default_and_one_that_nobody_knows_is_kept(stage: Stage) -> None:
    stage.put(1, {"status": "requested", "newer": 1}, state_version=2)

    assert stage.backfill()
    assert json.loads(stage.item("loan_id#0001")["state"]["S"]) == {
        "status": "requested",
        "newer": 1,
        "member": "",
        "note": "",
    }


def test_the_kits_own_rows_counters_and_totals_and_rows_without_a_state_are_left_alone(stage: Stage) -> None:
    for key in ("kit#sweep", "kit#breaker#carrier", "counter#copies", "totals#all"):
        stage.dynamodb.put_item(TableName=TABLE, Item={"pk": {"S": key}, "version": {"N": "1"}, "state": {"S": "{}"}})
    stage.put(1, None)
    before = stage.items()

    assert stage.backfill()

    assert stage.items() == before
    assert "1 rows looked at, 0 written, 0 left" in stage.shown.getvalue()


def test_the_rate_bounds_how_fast_rows_are_looked_at(stage: Stage) -> None:
    for number in range(PAGE * 3):
        stage.put(number, {"status": "requested", "reader": "ada"})

    assert stage.backfill(rate=10)

    assert sum(stage.paused) == pytest.approx(PAGE * 2 / 10, abs=1)


def test_what_was_stopped_goes_on_where_it_was(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(PAGE * 3):
        stage.put(number, {"status": "requested", "reader": "ada"})
    scans: list[Any] = []
    scan = stage.dynamodb.scan

    def stopped(seconds: float) -> None:
        raise KeyboardInterrupt

    def noted(**asked: Any) -> Any:
        scans.append(asked)
        return scan(**asked)

    monkeypatch.setattr(stage.dynamodb, "scan", noted)
    with monkeypatch.context() as patched:
        patched.setattr(stage, "pause", stopped)
        with pytest.raises(KeyboardInterrupt):
            stage.backfill()
    assert stage.versions() == ["1", "2"]

    assert stage.backfill()

    assert len(scans) in (3, 4)  # moto may answer with an empty last page
    assert "ExclusiveStartKey" in scans[1]
    assert all(item["version"] == {"N": "2"} for item in stage.items().values())
    assert f"{PAGE * 3} rows looked at, {PAGE * 3} written, 0 left" in stage.shown.getvalue()


def test_another_run_after_the_last_page_begins_anew(stage: Stage) -> None:
    stage.put(1, {"status": "requested"})
    assert stage.backfill()
    stage.put(2, {"status": "requested"})

    assert stage.backfill()
    assert stage.shown.getvalue().count("1 written, 0 left") == 2


def test_a_row_that_somebody_changes_meanwhile_is_read_again_and_keeps_what_they_wrote(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.put(1, {"status": "requested", "reader": "ada"})
    update = stage.dynamodb.update_item
    changes = [
        {"status": "granted", "reader": "ada"},
        {"status": "closed", "reader": "ada"},
    ]

    def meanwhile(**asked: Any) -> Any:
        if changes:
            row = stage.rows.load("loan_id#0001")
            stage.rows.commit(Commit(replace(row, state=changes.pop(0))), NOON)
        return update(**asked)

    monkeypatch.setattr(stage.dynamodb, "update_item", meanwhile)

    assert stage.backfill()
    assert json.loads(stage.item("loan_id#0001")["state"]["S"]) == {"status": "closed", "member": "ada", "note": ""}


def test_a_row_that_goes_meanwhile_is_not_made_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.put(1, {"status": "requested"})
    update = stage.dynamodb.update_item

    def meanwhile(**asked: Any) -> Any:
        stage.dynamodb.delete_item(TableName=TABLE, Key=asked["Key"])
        return update(**asked)

    monkeypatch.setattr(stage.dynamodb, "update_item", meanwhile)

    assert stage.backfill()
    assert stage.items() == {}


def test_a_row_that_cannot_be_upcast_is_told_and_the_others_are_done(stage: Stage) -> None:
    stage.put(1, {"status": "odd"})
    stage.put(2, {"status": "requested"})

    assert not stage.backfill()

    assert "1 written, 1 left" in stage.shown.getvalue()
    assert "✗ loan_id#0001: ValueError: an odd one" in stage.shown.getvalue()
    assert stage.versions() == ["1", "2"]


def test_after_the_last_row_the_record_has_the_newest_version_alone(stage: Stage) -> None:
    stage.put(1, {"status": "requested"})

    assert stage.backfill()

    assert stage.versions() == ["2"]
    assert "git add deployed/dev.json" in stage.shown.getvalue()
    assert is_recorded(stage.root, "dev", NEW)
    assert not is_recorded(stage.root, "dev", OLD)
    assert not is_recorded(stage.root, "prod", NEW)


def test_two_at_work_on_one_table_are_too_many(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.put(1, {"status": "requested"})
    scan = stage.dynamodb.scan

    def meanwhile(**asked: Any) -> Any:
        stage.rows.commit(Commit(Row(PROGRESS, 0, {"version": 2, "after": "x"})), NOON)
        return scan(**asked)

    monkeypatch.setattr(stage.dynamodb, "scan", meanwhile)

    with pytest.raises(UsageRefused, match="another backfill of loan is at work on lending-dev-loan"):
        stage.backfill()


def test_what_aws_answers_instead_is_told_in_one_line(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(**asked: Any) -> Any:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "UpdateItem")

    stage.put(1, {"status": "requested"})
    monkeypatch.setattr(stage.dynamodb, "update_item", refused)

    with pytest.raises(AwsFailed, match=r"AWS does not do what is asked: .*AccessDenied"):
        stage.backfill()


def test_a_timer_that_only_the_newest_shape_wants_is_listed(stage: Stage) -> None:
    due = "2026-02-01T00:00:00.000Z"
    timed = replace(
        NEW, timer=lambda loan: due if loan.status == "requested" else None, reactions=(*OLD.reactions, on_timer(keep))
    )
    stage.put(1, {"status": "requested"})
    stage.put(2, {"status": "closed"})

    assert stage.backfill(timed)

    assert stage.item("loan_id#0001")["index_position"] == {"S": due}
    assert "index_position" not in stage.item("loan_id#0002")
    before = stage.items()
    assert stage.backfill(timed)
    assert stage.items() == before


def test_it_gives_a_row_up_that_is_changed_again_and_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.put(1, {"status": "requested"})
    update = stage.dynamodb.update_item
    monkeypatch.setattr(rewriting, "ATTEMPTS", 2)

    def meanwhile(**asked: Any) -> Any:
        row = stage.rows.load("loan_id#0001")
        stage.rows.commit(Commit(row), NOON)
        return update(**asked)

    monkeypatch.setattr(stage.dynamodb, "update_item", meanwhile)

    assert not stage.backfill()
    assert "loan_id#0001: VersionConflict: somebody else changed it each time" in stage.shown.getvalue()
