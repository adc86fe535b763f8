"""`ensemble drain`: what begins workflows waits, what is under way comes to its end, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

from ensemble.command_line.check.states import beside
from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.run.control import routes
from ensemble.command_line.run.up import questions
from ensemble.command_line.stage import pauses
from ensemble.command_line.stage.account import Account
from ensemble.command_line.stage.drain import draining_of
from ensemble.command_line.stage.drained import note_drained, recorded_sagas, refuse_unrecorded
from ensemble.command_line.stage.operations import OPERATIONS
from ensemble.command_line.stage.under_way import Tables
from ensemble.contracts.schemas import Schemas
from ensemble.contracts.states.evolution import contract_of, file_of
from ensemble.laptop import Laptop, VirtualClock
from ensemble.project.deployed import record
from functions.kit.model import Event, Service
from functions.kit.rows import Commit, RowStore
from functions.kit.states import plain
from scenarios.lending.scenario import SCENARIO, loan
from tests.conftest import NAMES
from tests.kit.saga.tables import APPROVE, FIELDS, SHIP, conducted, reserve
from tests.toolkit.command_line.conftest import Command, Outcome

COURIER = NAMES.queue("courier", "events")
LOANS, RECEIPTS = NAMES.queue("loan", "commands"), NAMES.queue("shelf", "commands")


@dataclass
class Library:
    """A running library, and the command `drain` of another terminal. `told`: the events of operations."""

    laptop: Laptop
    port: int
    ensemble: Command
    told: list[dict[str, Any]] = field(default_factory=list)

    def drain(self, *arguments: str) -> Outcome:
        return self.ensemble("drain", *arguments, "--port", str(self.port))

    def ask(self, loan_id: str) -> None:
        entry = {"EventBusName": NAMES.bus, "Source": "desk", "DetailType": "RequestLoan"}
        self.laptop.put_events([entry | {"Detail": json.dumps(loan(loan_id, 1).fields)}])

    def client(self, service: str) -> Any:
        url = f"http://127.0.0.1:{self.port}"
        return boto3.client(service, endpoint_url=url, region_name="eu-west-1")  # type: ignore[call-overload]

    def feed_courier(self, *, on: bool) -> None:
        client = self.client("lambda")
        mappings = client.list_event_source_mappings(FunctionName=NAMES.consumer("courier"))["EventSourceMappings"]
        (mapping,) = [one for one in mappings if one["EventSourceArn"].endswith(COURIER)]
        client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=on)

    def under_way(self) -> Any:
        return json.loads(self.drain("--dry-run", "--json").output)["under_way"]

    def status(self, loan_id: str) -> str | None:
        key = {"pk": {"S": f"loan_id#{loan_id}"}}
        item = self.client("dynamodb").get_item(TableName=NAMES.table("loan"), Key=key).get("Item")
        return None if item is None else str(json.loads(item["state"]["S"])["status"])


@pytest.fixture(scope="module")
def running(lending: Path) -> Iterator[tuple[Laptop, int]]:
    with Laptop(lending / "cdk.out" / "assembly-dev", VirtualClock(), settings=SCENARIO.settings) as laptop:
        server = laptop.serve(0, routes(questions(laptop, NAMES)))
        laptop.load_all()
        (opening,) = SCENARIO.opening
        entry = {"EventBusName": NAMES.bus, "Source": opening.source, "DetailType": opening.type}
        laptop.put_events([entry | {"Detail": json.dumps(opening.fields)}])
        laptop.run_for(20)
        yield laptop, int(urlsplit(server.url).port or 0)


@pytest.fixture
def library(
    running: tuple[Laptop, int], ensemble: Command, in_lending: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Library]:
    """That laptop; while the command waits, time passes."""
    laptop, port = running
    monkeypatch.setattr(pauses, "pause", laptop.run_for)
    monkeypatch.setattr(pauses, "now", laptop.now)
    library = Library(laptop, port, ensemble)

    def look(_: str, event: Mapping[str, Any]) -> None:
        if event["source"] == OPERATIONS:
            library.told.append(event["detail"])

    with laptop.observed(look, lambda *_: None):
        yield library
        library.drain("--resume")
        laptop.run_for(200)


def test_what_is_under_way_ends_and_what_comes_meanwhile_waits_until_it_is_taken_again(library: Library) -> None:
    library.ask("loan-before")
    library.laptop.run_for(1)

    done = library.drain("--yes")
    library.ask("loan-meanwhile")
    library.laptop.run_for(3_600)
    waiting = json.loads(library.drain("--dry-run", "--json").output)
    before = library.status("loan-before"), library.status("loan-meanwhile")
    library.drain("--resume")
    library.laptop.run_for(20)

    assert done.status == 0, done
    assert "now it is safe to deploy" in done.output
    assert before == ("granted", None)
    assert waiting["under_way"] == {"sagas": {}, "timers": {}, "unpublished": {}, "queues": {}, "dead_letters": {}}
    assert {"queue": LOANS, "held": True, "waiting": 1, "kept": 14 * 86_400} in waiting["commands"]
    assert library.status("loan-meanwhile") == "granted"
    assert [one["type"] for one in library.told] == ["OperationStarted", "OperationEnded"] * 2
    assert [one["operation"] for one in library.told] == ["drain", "drain", "resume", "resume"]


def test_without_a_word_nothing_is_held_back(library: Library) -> None:
    outcome = library.drain("--dry-run")
    library.ask("loan-free")
    library.laptop.run_for(20)

    assert f"{LOANS}: its commands would wait, 14 d at most; 0 do now" in outcome.output
    assert f"{RECEIPTS}: its commands would wait" in outcome.output
    assert library.status("loan-free") == "granted"
    assert library.told == []


def test_a_timer_a_message_and_a_dead_letter_hold_it_up_each(library: Library) -> None:
    library.feed_courier(on=False)
    library.ask("loan-waits")
    library.laptop.run_for(20)
    library.laptop.queue(f"{COURIER}-dlq").send("{}")

    outcome, found = library.drain("--dry-run"), library.under_way()
    library.laptop.queue(f"{COURIER}-dlq").purge()
    library.feed_courier(on=True)

    assert outcome.status == 1
    assert found == {
        "sagas": {},
        "timers": {"loan": 1},
        "unpublished": {},
        "queues": {COURIER: 1},
        "dead_letters": {f"{COURIER}-dlq": 1},
    }


def test_it_waits_until_a_dead_letter_is_mended(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    library.laptop.queue(f"{COURIER}-dlq").send("{}")
    waited = []

    def pause(seconds: float) -> None:
        waited.append(seconds)
        library.laptop.run_for(seconds)
        if len(waited) == 5:
            library.laptop.queue(f"{COURIER}-dlq").purge()

    monkeypatch.setattr(pauses, "pause", pause)

    outcome = library.drain("--yes")

    assert outcome.status == 0
    assert f"Still under way: {COURIER}-dlq: 1 message" in outcome.output
    assert len(waited) >= 5


def test_who_interrupts_it_is_told_that_commands_wait_still(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    library.laptop.queue(f"{COURIER}-dlq").send("{}")
    monkeypatch.setattr(pauses, "pause", interrupted)

    outcome = library.drain("--yes")
    library.laptop.queue(f"{COURIER}-dlq").purge()
    library.ask("loan-interrupted")
    library.laptop.run_for(20)

    assert outcome.status == 1
    assert "It was interrupted. Commands wait still" in outcome.output
    assert [one.get("stopped") for one in library.told if one["type"] == "OperationEnded"] == ["it was interrupted"]
    assert library.status("loan-interrupted") is None


def test_json_asks_nobody(library: Library) -> None:
    assert "--json asks nobody" in library.drain("--json").errors


def test_sagas_under_way_are_told_by_where_they_stand(library: Library) -> None:
    saga, table, dynamodb = conducted(reserve(), APPROVE, SHIP), "repair", library.client("dynamodb")
    key = {"AttributeName": "pk"}
    dynamodb.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[key | {"KeyType": "HASH"}],
        AttributeDefinitions=[key | {"AttributeType": "S"}],
    )
    rows, now = RowStore(dynamodb, table, 0), library.laptop.now()
    react = {reaction.event: reaction.react for reaction in saga.reactions}
    for number, events in enumerate([["RepairAsked"], ["RepairAsked", "PartsHeld"], ["RepairAsked", "PartsRefused"]]):
        state = None
        for event in events:
            happened = Event("e-1", event, "2026-01-01T00:00:00.000Z", "w-1", FIELDS)
            state = react[event](state, happened).state
        row = rows.load(f"repair_id#{number}")
        rows.commit(Commit(replace(row, state=plain(state), correlation_id="w-1")), now)

    found = Tables(dynamodb, {"repair": table}, []).under_way()

    assert found.sagas == {"repair": {"at Approval (sent)": 1, "at HoldParts (sent)": 1}}
    assert list(found.lines()) == ["repair: 2 sagas under way: 1 at Approval (sent), 1 at HoldParts (sent)"]


def test_of_a_service_that_is_not_deployed_yet_nothing_is_under_way(library: Library) -> None:
    new = conducted(reserve(), SHIP)

    found = Tables(library.client("dynamodb"), {"repair": "nowhere"}, [(new, "nowhere")]).under_way()

    assert found.number == 0


def test_a_saga_that_only_waits_for_commands_goes_on_with_them() -> None:
    begun_by_an_event, begun_by_a_command = conducted(reserve(), APPROVE, SHIP), conducted(reserve(), SHIP)
    publishers = {"RepairAsked": "counter", "PartsHeld": "parts"}
    account = Account("http://127.0.0.1:1")

    event = draining_of(
        [begun_by_an_event, Service("counter", "repair_id")], Schemas(publishers, {}, {}, {}), NAMES, account, {}
    )
    command = draining_of([begun_by_a_command], Schemas(publishers, {}, {}, {}), NAMES, account, {})

    assert event.waiting == ["repair"]
    assert command.waiting == []


def test_a_saga_that_is_gone_from_the_tree_is_looked_at_until_it_was_drained() -> None:
    known = contract_of(conducted(reserve(), SHIP))
    account, schemas = Account("http://127.0.0.1:1"), Schemas({}, {}, {}, {})

    before = draining_of([], schemas, NAMES, account, {"repair": known})
    after = draining_of([], schemas, NAMES, account, {"repair": known | {"sagas": []}})

    assert before.tables.sagas == {"repair": NAMES.table("repair")}
    assert after.tables.sagas == {}


def test_what_is_recorded_says_that_nothing_is_under_way_until_it_is_recorded_anew(tmp_path: Path) -> None:
    saga = conducted(reserve(), SHIP)
    record(tmp_path, "prod", {file_of(saga.name): contract_of(saga)})
    refuse_unrecorded(recorded_sagas(tmp_path, "prod"), [saga], "prod")

    note_drained(tmp_path, "prod", ["repair"])
    drained = recorded_sagas(tmp_path, "prod")

    assert drained["repair"] == {**json.loads(json.dumps(contract_of(saga))), "sagas": []}
    with pytest.raises(UsageRefused, match="Fix: ensemble deployed prod"):
        refuse_unrecorded(drained, [saga], "prod")
    refuse_unrecorded(drained, [], "prod")


def test_a_table_is_recorded_beside_those_by_which_sagas_may_be_under_way() -> None:
    first, second = (contract_of(conducted(*steps)) for steps in ((reserve(), SHIP), (reserve(), APPROVE, SHIP)))

    both = beside(beside(first, contract_of(conducted(reserve(), APPROVE, SHIP))), dict(second))
    alone = beside({**first, "sagas": []}, dict(second))

    assert both["sagas"] == [*first["sagas"], *second["sagas"]]
    assert alone["sagas"] == second["sagas"]
