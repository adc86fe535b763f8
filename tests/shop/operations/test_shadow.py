"""A service's code is tried on what happened, and what it would have decided otherwise is told with a witness."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ensemble.command_line.errors import CommandFailed, UsageRefused
from ensemble.command_line.replay.replayed_stage import Stage
from ensemble.command_line.replay.stored import Window
from ensemble.command_line.shadow.deciding import Deciding
from ensemble.command_line.shadow.shadow import compared, past_of, service_with_rows
from ensemble.command_line.shadow.telling import Hider, as_json, place, told
from ensemble.command_line.shadow.trees import tree_at, walker
from ensemble.command_line.shadow.walking import walked
from ensemble.simulator.mutation import Edit
from ensemble.testing.exploration import Exploration
from functions.kit.model import Service
from tests.conftest import ROOT, copy_project

ALL = Window()
SERVICES = ("analytics", "inventory", "notification", "order", "payment", "shipping")


@pytest.fixture(scope="module")
def exploration() -> Exploration:
    return Exploration.of(ROOT)


def walk(exploration: Exploration, service: Service, happenings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list(walked(Deciding(exploration, service), happenings))


@contextmanager
def changed(edit: Edit) -> Iterator[Service]:
    """The service of an edited domain, loaded beside the one that there is."""
    source = (ROOT / edit.file).read_text()
    assert source.count(edit.before) == 1
    name = edit.file.removesuffix(".py").replace("/", ".")
    package = name.rpartition(".")[0]
    kept = {one: sys.modules.pop(one) for one in list(sys.modules) if one.startswith(f"{package}.")}
    module = ModuleType(name)
    sys.modules[name] = module
    try:
        exec(compile(source.replace(edit.before, edit.after), edit.file, "exec"), module.__dict__)
        service = importlib.import_module(f"{package}.service")
        yield next(one for one in vars(service).values() if isinstance(one, Service))
    finally:
        for one in [one for one in sys.modules if one.startswith(f"{package}.")]:
            del sys.modules[one]
        sys.modules.update(kept)


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize("beside", ["old code", "what was published"])
def test_no_decision_of_an_unchanged_service_differs(
    name: str, beside: str, stage: Stage, exploration: Exploration
) -> None:
    service = service_with_rows(stage, name)
    same = partial(walk, exploration, service)

    found = compared(past_of(stage, service, ALL).rows(), same, same if beside == "old code" else None)

    assert found.found == {}
    assert found.compared >= 5


ORDER, INVENTORY, PAYMENT, SHIPPING, NOTIFICATION, ANALYTICS = (
    f"functions/{name}/domain.py" for name in ("order", "inventory", "payment", "shipping", "notification", "analytics")
)

DECLINED = '{"accepted":false,"reason":"some"}'
WHO = ("-c", "user.name=a", "-c", "user.email=a@example.com")

PLANTED = [
    (
        "an order waits longer",
        Edit(ORDER, "PATIENCE = timedelta(minutes=15)", "PATIENCE = timedelta(minutes=20)"),
        {"PlaceOrder": {"state.deadline", "timer"}},
    ),
    (
        "an order has no deadline",
        Edit(ORDER, "return order.deadline if", "return None if"),
        {"PlaceOrder": {"timer"}, "timer": {"publishes[0]", "state.status"}},
    ),
    (
        "a cancelled order says another reason",
        Edit(ORDER, '            reason=event["reason"],\n', '            reason="cancelled",\n'),
        {"InventoryReleased": {"publishes[0].fields.reason"}, "InventoryRejected": {"publishes[0].fields.reason"}},
    ),
    (
        "a cent is lost",
        Edit(ORDER, "round(total * 100)", "round(total * 100) - 1"),
        {"PlaceOrder": {"publishes[0].fields.total.minor_units", "state.total.minor_units"}},
    ),
    (
        "stock is not given back",
        Edit(INVENTORY, "        gives=_stock(held.pieces),\n", ""),
        {"PaymentRefunded": {"gives"}, "PaymentFailed": {"gives"}},
    ),
    (
        "what is short is rejected in other words",
        Edit(INVENTORY, '"out of stock"', '"sold out"'),
        {"OrderPlaced": {"otherwise.publishes[0].fields.reason"}},
    ),
    (
        "a charge has another key",
        Edit(PAYMENT, "/charge", "/charged"),
        {"InventoryReserved": {"effect.fields.key"}, "ShipmentFailed": {"effect.fields.charge_key"}},
    ),
    (
        "a declined payment forgets its amount",
        Edit(PAYMENT, 'replace(payment, status="failed")', 'Payment("failed")'),
        {"InventoryReserved": {f"then.{DECLINED}.state.amount.{name}" for name in ("currency", "minor_units")}},
    ),
    (
        "a cancellation that comes too late is not answered",
        Edit(SHIPPING, "    return Decision(shipment, rejected)", "    return unchanged(shipment)"),
        {"OrderCancellationRequested": {"publishes[0]"}},
    ),
    (
        "a customer reads another subject",
        Edit(NOTIFICATION, "Your order was cancelled", "Sorry"),
        {"OrderCancelled": {"effect.fields.subject"}},
    ),
    (
        "orders are counted on the wrong day",
        Edit(ANALYTICS, "{event.timestamp[:10]: amounts}", "{event.timestamp[:7]: amounts}"),
        {type: {"totals.2026-01-01", "totals.2026-01"} for type in ("OrderPlaced", "OrderCompleted", "OrderCancelled")},
    ),
]


@pytest.mark.parametrize(("planted", "places"), [case[1:] for case in PLANTED], ids=[case[0] for case in PLANTED])
def test_a_changed_behaviour_is_found(
    planted: Edit, places: dict[str, set[str]], stage: Stage, exploration: Exploration
) -> None:
    old = service_with_rows(stage, planted.file.split("/")[1])
    rows = past_of(stage, old, ALL).rows()

    with changed(planted) as new:
        found = compared(rows, partial(walk, exploration, new), partial(walk, exploration, old))

    told = {one.type: {place(change.path) for change in one.changes} for one in found.found.values()}
    assert told == places


def test_what_was_published_otherwise_is_found_without_older_code(stage: Stage, exploration: Exploration) -> None:
    planted = next(edit for name, edit, _ in PLANTED if name == "a cent is lost")
    rows = past_of(stage, service_with_rows(stage, "order"), ALL).rows()

    with changed(planted) as new:
        found = compared(rows, partial(walk, exploration, new), None)

    assert {change.path[-1] for one in found.found.values() for change in one.changes} == {"minor_units"}


def test_only_the_events_of_the_window_are_compared(stage: Stage, exploration: Exploration) -> None:
    service = service_with_rows(stage, "order")
    same = partial(walk, exploration, service)
    late = Window(datetime(2026, 1, 1, 0, 10, tzinfo=UTC))

    found = compared(past_of(stage, service, late).rows(), same, None)

    whole = compared(past_of(stage, service, ALL).rows(), same, None)
    assert 0 < found.compared < whole.compared
    assert not found.found


def test_differences_of_one_kind_are_told_once_and_nothing_sensitive_is(stage: Stage, exploration: Exploration) -> None:
    service = service_with_rows(stage, "order")
    planted = Edit(ORDER, '        email=event["email"],\n', '        email="x" + event["email"],\n')
    with changed(planted) as new:
        rows = past_of(stage, service, ALL).rows()
        found = compared(rows, partial(walk, exploration, new), partial(walk, exploration, service))

    document = as_json("dev", "order", ALL, "main", found, Hider(service, stage.schemas))
    text = "\n".join(line for line, _ in told("order", "main", found, Hider(service, stage.schemas)))

    (difference,) = document["differences"]
    assert difference["events"] > 1
    assert difference["witness"]["changes"] == [{"at": "state.email", "old": "(sensitive)", "new": "(sensitive)"}]
    assert "secret" not in json.dumps(document) + text
    assert f"PlaceOrder: {difference['events']} events, such as" in text


def test_code_of_a_revision_is_compared_with_the_code_as_it_is(stage: Stage, tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project")
    for command in (["init", "-q"], ["add", "functions", "schemas"], [*WHO, "commit", "-qm", "before"]):
        subprocess.run(["git", *command], cwd=root, check=True)
    Edit(INVENTORY, '"out of stock"', '"sold out"').apply(root)
    rows = list(past_of(stage, service_with_rows(stage, "inventory"), ALL).rows())

    with tree_at(root, "HEAD") as tree, walker(tree, "inventory") as old, walker(root, "inventory") as new:
        found = compared(iter(rows), new, old)

    (difference,) = found.found.values()
    assert [(one.old, one.new) for one in difference.changes] == [("out of stock", "sold out")]


def test_code_that_does_not_load_is_told(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project")
    Edit(INVENTORY, "def reserve", "def reserved").apply(root)

    with pytest.raises(CommandFailed, match="reserve"), walker(root, "inventory") as new:
        new([])


def test_a_revision_that_git_does_not_know_is_refused() -> None:
    with pytest.raises(UsageRefused, match="--against nothing"), tree_at(ROOT, "nothing"):
        pass
