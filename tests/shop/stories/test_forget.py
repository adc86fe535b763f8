"""A customer of the stories is forgotten: nothing sensitive of theirs is readable, and nothing else changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from ensemble.command_line.run.look import names_of, table_of
from ensemble.command_line.run.opening import put_opening
from ensemble.command_line.run.state_file import StateFile
from ensemble.command_line.stage.account import Account
from ensemble.command_line.stage.erasing import FORGOTTEN
from ensemble.command_line.stage.forget import Report, erase, tables_of, wanted_of
from ensemble.command_line.stage.forgetting import Data
from ensemble.command_line.stage.place import Place
from ensemble.contracts.loading import load_schemas
from ensemble.contracts.states.shape import shape_of
from ensemble.laptop import Laptop
from ensemble.laptop.state import State
from ensemble.scenario import Command, Story
from functions.kit.store import unpacked
from infrastructure.services import discover
from scenarios.shop.carrier_sandbox import CarrierSandbox
from scenarios.shop.scenario import SCENARIO
from scenarios.shop.stories import STORIES
from tests.conftest import ROOT
from tests.shop.stories.conftest import ShopLaptop, dead_letters_of, laptop_on, play, playing
from tests.shop.stories.test_faults import put

ADA, BEN = "customer-ada", "customer-ben"


def of(customer: str, story: Story) -> Story:
    """Return a story with another customer, whose sensitive values are nobody else's."""

    def theirs(command: Command) -> Command:
        if command.type != "PlaceOrder":
            return command
        fields, order = command.fields, f"{customer}-{command.fields['order_id']}"
        token = fields["payment_token"]
        changed = {
            "customer_id": customer,
            "email": f"mail-{order}@example.com",
            "payment_token": f"token-{order}" if token == "tok_visa" else token,
            "address": {**fields["address"], "street": f"Street of {order}"},
        }
        return replace(command, fields={**fields, **changed})

    return replace(story, commands=tuple(map(theirs, story.commands)))


ADAS, BENS = [of(ADA, story) for story in STORIES[::2]], [of(BEN, story) for story in STORIES[1::2]]


def secrets(stories: list[Story]) -> list[str]:
    orders = [one.fields for story in stories for one in story.commands if one.type == "PlaceOrder"]
    values = [value for one in orders for value in (one["email"], one["payment_token"], one["address"]["street"])]
    return [value for value in values if not value.startswith("tok_")]


@cache
def data() -> Data:
    services = discover(ROOT)
    shapes = {one.name: {one.state_version: shape_of(one.state)} for one in services if not one.stores_events}
    return Data(services, load_schemas(ROOT / "schemas"), {}, shapes)


def forget(
    laptop: Laptop,
    assembly: Path,
    *subjects: str,
    older_than: str | None = None,
    is_laptop: bool = True,
    **options: Any,
) -> Report:
    """Forget by AWS's own APIs, over HTTP, as from another terminal."""
    now = datetime.fromtimestamp(laptop.now(), UTC)
    wanted = wanted_of(subjects, older_than, now, **{"even_under_way": False, "is_dry": False, **options})
    whole = replace(data(), tables=tables_of(data().services, names_of(laptop)))
    with laptop.serve() as server:
        place = Place("dev", server.url, is_laptop=is_laptop)
        shown = Console(quiet=True)
        return erase(shown, Account(server.url), whole, wanted, place, assembly / "assembly-dev", now)


def tables(laptop: Laptop) -> dict[str, list[dict[str, Any]]]:
    return {name: laptop.table_images(name) for name in laptop.tables}


def audit(laptop: Laptop) -> list[dict[str, Any]]:
    """Return the stored events, those of a workflow in their order."""
    items = laptop.table_items(table_of(laptop, names_of(laptop), "audit"))
    items.sort(key=lambda item: (item["pk"], item["position"]))
    return [
        {
            "place": (item["pk"], item["position"], item["type"]),
            "event": json.loads(unpacked(item["event"] if isinstance(item["event"], str) else bytes(item["event"]))),
        }
        for item in items
    ]


def texts(laptop: ShopLaptop, logs: Path) -> Iterator[tuple[str, str]]:
    """Yield all that can be read on the laptop, but for what the docs name."""
    for name in laptop.tables:
        for image in laptop.table_images(name):
            yield name, json.dumps(image, default=str)
    for one in audit(laptop):
        yield "audit", json.dumps(one)
    for name, queue in laptop.queues.items():
        yield from ((name, message.body) for message in queue.messages)
    for name, function in laptop.functions.items():
        yield from ((name, line) for line in function.output)
    for file in logs.rglob("*"):
        if file.is_file():
            yield str(file), file.read_text()


def readable(laptop: ShopLaptop, logs: Path, values: list[str]) -> set[tuple[str, str]]:
    return {(place, value) for place, text in texts(laptop, logs) for value in values if value in text}


@pytest.fixture
def laptop(assembly: Path, tmp_path: Path) -> Iterator[ShopLaptop]:
    with laptop_on(assembly, log_directory=tmp_path / "logs") as laptop:
        yield laptop


def played(laptop: ShopLaptop, *stories: Story) -> None:
    results = play(laptop, playing(*stories))
    assert not {result.story.name: result.faults for result in results.stories if result.faults}
    laptop.run_until_idle()


@pytest.fixture(scope="module")
def fulfilled(assembly: Path) -> tuple[State, str]:
    """What a laptop holds once an order of Ada was fulfilled, and when that was."""
    with laptop_on(assembly) as laptop:
        played(laptop, ADAS[0])
        return laptop.state(), datetime.fromtimestamp(laptop.now(), UTC).isoformat()


@pytest.fixture
def later(assembly: Path, fulfilled: tuple[State, str]) -> Iterator[ShopLaptop]:
    """A laptop that goes on from there."""
    state, now = fulfilled
    with ShopLaptop(assembly / "assembly-dev", CarrierSandbox, start=now) as laptop:
        assert laptop.restore(json.loads(json.dumps(state))) == []
        yield laptop


def test_of_a_forgotten_customer_nothing_sensitive_is_readable_and_of_another_all(
    laptop: ShopLaptop, assembly: Path, tmp_path: Path
) -> None:
    played(laptop, *ADAS, *BENS)
    before, adas, bens = audit(laptop), secrets(ADAS), secrets(BENS)
    assert len({value for _, value in readable(laptop, tmp_path, adas)}) == len(set(adas)) > 5
    readable_before = readable(laptop, tmp_path, bens)

    report = forget(laptop, assembly, ADA)

    assert report.is_done
    assert readable(laptop, tmp_path, adas) == set()
    assert readable(laptop, tmp_path, bens) == readable_before
    assert [one["place"] for one in audit(laptop)] == [one["place"] for one in before]


def test_what_is_not_sensitive_stays(later: ShopLaptop, assembly: Path) -> None:
    before = audit(later)

    forget(later, assembly, ADA)

    for old, new in zip(before, audit(later), strict=True):
        assert {**old["event"], "detail": 0} == {**new["event"], "detail": 0}
        assert list(old["event"]["detail"]) == list(new["event"]["detail"])
    changed = {
        name
        for old, new in zip(before, audit(later), strict=True)
        for name, value in old["event"]["detail"].items()
        if new["event"]["detail"][name] != value
    }
    assert changed == {"email", "payment_token", "address"}
    (placed,) = [one["event"]["detail"] for one in audit(later) if one["place"][2] == "PlaceOrder"]
    assert placed["email"] == placed["payment_token"] == placed["address"]["street"] == FORGOTTEN
    assert placed["address"]["country"] == "DE"


def test_no_digest_is_left_by_which_a_value_could_be_guessed(later: ShopLaptop, assembly: Path) -> None:
    forget(later, assembly, ADA)

    entries = [
        entry["S"]
        for name, images in tables(later).items()
        for image in images
        if "order-fulfilled" in image["pk"]["S"]
        for entry in image.get("inbox", {}).get("M", {}).values()
    ]
    assert len(entries) > 5
    assert all(entry.isdigit() for entry in entries)


def test_forgotten_twice_is_the_same_as_once(later: ShopLaptop, assembly: Path) -> None:
    forget(later, assembly, ADA)
    once = tables(later)

    report = forget(later, assembly, ADA)

    assert report.is_done
    assert tables(later) == once
    assert sum(one.items for one in report.found.tables.values()) == 0


def test_a_dry_run_says_the_same_and_writes_nothing(laptop: ShopLaptop, assembly: Path) -> None:
    played(laptop, ADAS[0], BENS[0])
    before = tables(laptop)

    dry = forget(laptop, assembly, ADA, is_dry=True)

    assert tables(laptop) == before
    assert dry.found.tables == forget(laptop, assembly, ADA).found.tables


def test_a_workflow_under_way_is_left_and_told_and_loses_nothing(laptop: ShopLaptop, assembly: Path) -> None:
    overdue = of(ADA, STORIES[-1])
    put_opening(laptop, SCENARIO, names_of(laptop).bus)
    put(laptop, "storefront", "PlaceOrder", dict(overdue.commands[0].fields))
    laptop.run_for(60)
    before = tables(laptop)

    report = forget(laptop, assembly, ADA)

    assert not report.is_done
    assert tables(laptop) == before
    ((_, why),) = report.found.left.items()
    assert why == "order_id#order-overdue of order waits for its timer"

    laptop.run_for(3600)
    laptop.run_until_idle()
    assert {one["place"][2] for one in audit(laptop)} >= {"PaymentRefunded", "OrderCancelled"}
    assert forget(laptop, assembly, ADA).is_done


def test_what_waits_in_a_queue_keeps_its_workflow_under_way(laptop: ShopLaptop, assembly: Path) -> None:
    order = dict(of(ADA, STORIES[0]).commands[0].fields)
    put(laptop, "storefront", "PlaceOrder", order)
    laptop.run_until_idle()  # no stock: rejected
    put(laptop, "storefront", "PlaceOrder", {**order, "order_id": "o-wrong", "email": 4242_4242})
    laptop.run_until_idle()

    report = forget(laptop, assembly, ADA)

    ((_, why),) = report.found.left.items()
    assert why == "order has not handled PlaceOrder for order_id#o-wrong"
    queue = dead_letters_of(laptop, "order", "PlaceOrder")
    (letters,) = [one for one in report.remaining if "dead letters" in one.what]
    assert (letters.what, letters.number) == (f"dead letters in {queue}: redrive them, or purge them", 1)
    assert letters.until == "2026-01-15"

    assert forget(laptop, assembly, ADA, even_under_way=True).is_done
    assert "42424242" not in json.dumps(audit(laptop))
    assert len(laptop.queue(queue).visible) == 1


def test_a_late_event_meets_an_erased_row_and_is_handled(laptop: ShopLaptop, assembly: Path) -> None:
    fulfilled = ADAS[0]
    played(laptop, fulfilled)
    forget(laptop, assembly, ADA)

    put(laptop, "storefront", "CancelOrder", {"order_id": "order-fulfilled"})
    put(laptop, "storefront", "PlaceOrder", {**fulfilled.commands[0].fields, "email": "late@example.com"})
    laptop.run_until_idle()

    assert laptop.dead_letters() == {}
    (row,) = [one for one in laptop.table_items(names_of(laptop).table("order")) if one["pk"].endswith("fulfilled")]
    assert json.loads(row["state"])["email"] == FORGOTTEN
    assert forget(laptop, assembly, ADA).is_done
    assert "late@example.com" not in json.dumps(audit(laptop))


def test_what_is_old_is_forgotten_and_what_is_younger_stays(laptop: ShopLaptop, assembly: Path, tmp_path: Path) -> None:
    played(laptop, ADAS[0])
    laptop.advance(3 * 3600)
    played(laptop, BENS[0])

    report = forget(laptop, assembly, older_than="2h")

    assert report.is_done
    assert readable(laptop, tmp_path, secrets([ADAS[0]])) == set()
    assert len({value for _, value in readable(laptop, tmp_path, secrets([BENS[0]]))}) > 1


def test_an_order_of_ada_under_the_id_of_bens_leaves_bens_row(laptop: ShopLaptop, assembly: Path) -> None:
    played(laptop, BENS[1])
    order = dict(BENS[1].commands[0].fields)
    put(laptop, "storefront", "PlaceOrder", {**order, "customer_id": ADA, "correlation_id": "adas", "email": "ada@x.y"})
    laptop.run_until_idle()
    rows = laptop.table_items(names_of(laptop).table("order"))

    assert forget(laptop, assembly, ADA).is_done

    assert laptop.table_items(names_of(laptop).table("order")) == rows
    assert "ada@x.y" not in json.dumps(audit(laptop))
    assert order["email"] in json.dumps(audit(laptop))


def test_the_file_of_a_laptops_state_has_only_what_the_report_names(
    later: ShopLaptop, assembly: Path, tmp_path: Path
) -> None:
    report = forget(later, assembly, ADA)
    file = StateFile(tmp_path / "state.json", "dev")
    file.save(later)

    state = json.loads(file.path.read_text())["state"]
    places = {name for name, part in state.items() for value in secrets([ADAS[0]]) if value in json.dumps(part)}

    named = {one.what for one in report.remaining}
    assert places <= {"archives", "topics"}
    assert any("archive" in one for one in named)
    assert any("topics" in one and "--state" in one for one in named)


def test_the_report_says_when_what_it_did_not_reach_is_gone(later: ShopLaptop, assembly: Path) -> None:
    report = forget(later, assembly, ADA, is_laptop=False)

    until = {one.what.split(",")[0]: one.until for one in report.remaining}
    assert until["the tables as they were"] == "2026-02-05"
    assert until["events in the archive shop-dev-ensemble"] == "2026-01-08"
    assert until["ids of events"] == "2026-01-08"


class Stopped(Exception):
    """Stands for the end of the process."""


def test_what_was_stopped_anywhere_is_done_by_the_next_run(
    laptop: ShopLaptop, assembly: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    played(laptop, *ADAS[:2], BENS[0])
    client = Account.client
    rounds = 0
    while True:
        writes = 0

        def stopping(self: Account, service: str) -> Any:
            made = client(self, service)

            def counted(write: Any, **asked: Any) -> Any:
                nonlocal writes
                writes += 1
                if writes > 3:
                    raise Stopped
                return write(**asked)

            if service == "dynamodb":
                made.update_item, made.put_item = partial(counted, made.update_item), partial(counted, made.put_item)
            return made

        monkeypatch.setattr(Account, "client", stopping)
        rounds += 1
        try:
            report = forget(laptop, assembly, ADA)
            break
        except Stopped:
            continue

    assert rounds > 4
    assert report.is_done
    assert readable(laptop, tmp_path, secrets(ADAS[:2])) == set()
