"""Mistakes as people make them, one at a time: each is refused by one message that names file, victim and fix."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ensemble.project.deployed import record
from tests.conftest import copy_project

GIT = {f"GIT_{who}_{what}": "somebody@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def run(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
    return subprocess.run(command, cwd=project, env={**environment, **GIT}, capture_output=True, text=True, check=False)


def check(project: Path) -> subprocess.CompletedProcess[str]:
    return run(project, sys.executable, "-m", "ensemble", "check")


def newest(project: Path, event: str) -> tuple[Path, dict[str, Any]]:
    """Return the newest schema file of an event, and what is in it."""
    files = (project / "schemas").glob(f"*/{event}/*.json")
    path = max((file for file in files if file.stem[0].isdigit()), key=lambda file: float(file.stem))
    return path, json.loads(path.read_text())


def add_minor(project: Path, event: str, change: Callable[[dict[str, Any]], object]) -> None:
    """Add the next minor version of an event: the newest one, changed."""
    path, schema = newest(project, event)
    change(schema)
    major, minor = path.stem.split(".")
    (path.parent / f"{major}.{int(minor) + 1}.json").write_text(json.dumps(schema))


def edit(project: Path, file: str, old: str, new: str) -> None:
    text = (project / file).read_text()
    assert old in text
    (project / file).write_text(text.replace(old, new, 1))


def with_field(**field: Any) -> Callable[[dict[str, Any]], object]:
    return lambda schema: schema["properties"].update({"extra": {"description": "More.", **field}})


def require_a_new_field(project: Path) -> None:
    def change(schema: dict[str, Any]) -> None:
        with_field(type="string")(schema)
        schema["required"].append("extra")

    add_minor(project, "OrderCompleted", change)


def narrow_a_type(project: Path) -> None:
    add_minor(project, "PaymentFailed", lambda schema: schema["properties"]["reason"].update(maxLength=5))


def remove_an_enum_value(project: Path) -> None:
    add_minor(project, "OrderCancelled", with_field(type="string", enum=["customer", "deadline"]))
    add_minor(project, "OrderCancelled", with_field(type="string", enum=["customer"]))


def remove_a_field_of_the_items(project: Path) -> None:
    def change(schema: dict[str, Any]) -> None:
        line = schema["properties"]["items"]["items"]
        line["required"].remove("quantity")
        del line["properties"]["quantity"]

    add_minor(project, "OrderPlaced", change)


def change_the_values_of_a_map(project: Path) -> None:
    add_minor(project, "ShipmentCreated", with_field(type="object", additionalProperties={"type": "integer"}))
    add_minor(project, "ShipmentCreated", with_field(type="object", additionalProperties={"type": "string"}))


def edit_a_published_version(project: Path) -> None:
    edit(project, "schemas/shipping/ShipmentFailed/1.0.json", '"reason"', '"cause"')


def use_an_unknown_keyword(project: Path) -> None:
    add_minor(project, "ShipmentFailed", lambda schema: schema["properties"]["reason"].update(pattern="^a"))


def close_a_circle(project: Path) -> None:
    edit(project, "functions/order/service.py", 'emits=("OrderCompleted",)', 'emits=("OrderCompleted", "OrderPlaced")')


def leave_a_rule_without_events(project: Path) -> None:
    edit(project, "functions/payment/service.py", 'emits=("PaymentRefunded",)', "emits=()")


def misspell_a_source(project: Path) -> None:
    (project / "schemas" / "shipping").rename(project / "schemas" / "shiping")


def forget_a_compensation(project: Path) -> None:
    file = project / "functions" / "inventory" / "service.py"
    before, _, after = file.read_text().partition('        on(\n            "PaymentFailed",')
    file.write_text(before + after.partition("        ),\n")[2])


def take_an_optional_field_for_granted(project: Path) -> None:
    edit(project, "functions/order/service.py", '"reason?"', '"reason"')


MISTAKES: dict[Callable[[Path], None], tuple[str, str]] = {
    require_a_new_field: ("schemas/order/OrderCompleted/", "notification"),
    narrow_a_type: ("schemas/payment/PaymentFailed/", "inventory (reads reason)"),
    remove_an_enum_value: ("schemas/order/OrderCancelled/", "analytics"),
    remove_a_field_of_the_items: ("functions/inventory/service.py", "inventory reads OrderPlaced"),
    change_the_values_of_a_map: ("schemas/shipping/ShipmentCreated/", "order"),
    edit_a_published_version: ("schemas/shipping/ShipmentFailed/1.0.json", "payment"),
    use_an_unknown_keyword: ("schemas/shipping/ShipmentFailed/", "payment"),
    close_a_circle: ("functions/order/service.py", "-> (order) -> OrderPlaced"),
    leave_a_rule_without_events: ("functions/inventory/service.py", "inventory waits in vain"),
    misspell_a_source: ("schemas/shiping/", "payment"),
    forget_a_compensation: ("functions/inventory/service.py", "InventoryReserved of inventory"),
    take_an_optional_field_for_granted: ("functions/order/service.py", "order reads CancelOrder"),
}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project that is committed and recorded as deployed, with its stacks synthesized."""
    project = copy_project(tmp_path_factory.mktemp("published") / "project")
    (project / ".gitignore").write_text("cdk.out\n__pycache__\n")
    record(project, "dev")
    for command in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "."],
        ["commit", "--quiet", "-m", "Published"],
    ):
        assert run(project, "git", *command).returncode == 0
    return project


def test_the_project_as_it_is_passes(published: Path) -> None:
    outcome = check(published)

    assert (outcome.returncode, outcome.stderr) == (0, "")
    assert "compatible, delivered, compensated" in outcome.stdout


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.__name__)
def test_a_mistake_is_refused_by_one_message_with_the_file_the_victim_and_the_fix(
    mistake: Callable[[Path], None], published: Path
) -> None:
    mistake(published)

    try:
        outcome = check(published)
    finally:
        run(published, "git", "checkout", "--quiet", ".")
        run(published, "git", "clean", "--quiet", "--force", "-d")

    file, victim = MISTAKES[mistake]
    assert outcome.returncode == 1
    (message,) = outcome.stderr.splitlines()
    assert message.startswith(f"ensemble: {file}")
    assert victim in message
    assert "Fix: " in message
