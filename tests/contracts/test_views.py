"""Event views: what mypy accepts of them and what it refuses, whether they are up to date, and what they cost."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from contracts.loading import load_schemas
from contracts.profile import Json
from contracts.schemas import Schemas
from contracts.views import generate, misannotated, outdated
from functions.shared.model import Decision, Event, React, Service, on, on_every_event, unchanged, when_due
from infrastructure.bundle import build
from infrastructure.services import discover
from tests.conftest import ROOT, copy_project

STUB = "functions/depot/events.pyi"


def a(type: str, **keywords: Any) -> Json:
    """Return the schema of a field."""
    return {"type": type, "description": "A field.", **keywords}


def an_object(*optional: str, **fields: Json) -> Json:
    return a("object", properties=fields, required=[name for name in fields if name not in optional])


SCHEMAS: dict[str, Json] = {
    "ParcelSent/1.0": an_object(parcel_id=a("string"), weight=a("number")),
    "ParcelSent/2.0": an_object(
        "channel",
        "sender",
        parcel_id=a("string"),
        fee=an_object("discount", minor_units=a("integer"), currency=a("string"), discount=a("integer")),
        items=a("array", items=an_object(sku=a("string"), quantity=a("integer"))),
        tags=a("array", items=a("string")),
        weights=a("object", additionalProperties={"type": "integer"}),
        weight=a("number"),
        fragile=a("boolean"),
        speed=a("string", enum=["slow", "fast"]),
        sent_at=a("string", format="date-time"),
        channel=a("string"),
        sender=an_object(name=a("string")),
    ),
    "ParcelLost/1.0": an_object(parcel_id=a("string"), reason=a("string")),
    "ParcelFound/1.0": an_object(parcel_id=a("string"), place=a("string")),
    "ParcelWeighed/1.0": an_object(parcel_id=a("string")),
    "OddShaped/1.0": an_object(
        "so_long_a_name_that_a_method_breaks",
        route=an_object("to", **{"from": a("string"), "to": a("string")}),
        kinds=an_object(str=a("string"), list=a("array", items=a("string"))),
        a_b=an_object(c=an_object(d=a("string"))),
        a=an_object(b_c=an_object(e=a("integer"))),
        quoted=a("string", enum=["it's", 'say "so"', "back\\slash", "€\n"]),
        long=a("string", enum=[f"a-rather-long-value-{number}" for number in range(9)]),
        so_long_a_name_that_a_method_breaks=a("array", items=an_object(and_the_name_of_its_type_too=a("string"))),
    ),
}

PATHS = {
    "ParcelSent": (
        "parcel_id fee.minor_units fee.discount? items[].sku tags weights weight fragile speed sent_at channel? "
        "sender?.name causation_id"
    ),
    "ParcelLost": "parcel_id reason",
    "ParcelFound": "parcel_id place",
    "ParcelWeighed": "",
    "OddShaped": (
        "route.from route.to? kinds.str kinds.list a_b.c.d a.b_c.e quoted long "
        "so_long_a_name_that_a_method_breaks?[].and_the_name_of_its_type_too"
    ),
}

CODE = """
from __future__ import annotations

from typing import TYPE_CHECKING, Literal, assert_type

from functions.shared.model import Decision, Event, Service, on

if TYPE_CHECKING:
    from functions.depot.events import OddShaped, ParcelFound, ParcelLost, ParcelSent, ParcelWeighed


def read_what_is_declared(event: ParcelSent) -> None:
    assert_type(event["parcel_id"], str)
    assert_type(event["fee"]["minor_units"], int)
    assert_type(event["fee"].get("discount"), int | None)
    assert_type(event["items"][0]["sku"], str)
    assert_type(event["tags"], list[str])
    assert_type(event["weights"], dict[str, int])
    assert_type(event["weight"], float)
    assert_type(event["fragile"], bool)
    assert_type(event["speed"], Literal["slow", "fast"])
    assert_type(event["sent_at"], str)
    assert_type(event["causation_id"], str)
    assert_type(event.get("channel"), str | None)
    assert_type(event.get("channel", "web"), str)
    assert_type(event.type, Literal["ParcelSent"])
    assert_type(event.timestamp, str)


def read_something_else(event: ParcelSent) -> None:
    event["sku"]  # refused: not a field
    event["version"]  # refused: a field of the envelope that is not declared
    event["channel"]  # refused: optional
    event.get("sku")  # refused: not a field
    event.get("parcel_id")  # refused: always there
    event["fee"]["currency"]  # refused: a field that is not declared
    event["fee"]["minor"]  # refused: not a field
    event["items"][0]["quantity"]  # refused: a field that is not declared
    event.get("channel", 5)  # refused: not the type of the field
    event.get("sender")["name"]  # refused: may be None


def misuse(event: ParcelSent) -> None:
    text: str = event["fee"]["minor_units"]  # refused
    weight: int = event["weight"]  # refused
    event["speed"] == "rapid"  # refused


def read_nothing(event: ParcelWeighed) -> str:
    event["parcel_id"]  # refused: nothing is declared
    event.get("parcel_id")  # refused: nothing is declared
    return event.correlation_id


def read_what_both_have(event: ParcelLost | ParcelFound) -> str:
    event["reason"]  # refused: one of the two lacks it
    if event.type == "ParcelLost":
        return event["reason"]
    assert_type(event["place"], str)
    return event["parcel_id"]


def read_odd_shapes(event: OddShaped) -> None:
    assert_type(event["route"]["from"], str)
    assert_type(event["route"].get("to"), str | None)
    assert_type(event["kinds"]["list"], list[str])
    assert_type(event["a_b"]["c"]["d"], str)
    assert_type(event["a"]["b_c"]["e"], int)
    assert_type(event["quoted"], Literal["it's", 'say "so"', "back\\\\slash", "€\\n"])


def take_any(event: Event) -> str:
    return event.correlation_id


def react(state: None, event: ParcelSent) -> Decision:
    take_any(event)
    read_nothing(event)  # refused: another event
    return Decision(state, effect=event, then=settle)


def settle(state: None, event: ParcelSent, outcome: None) -> Decision:
    return Decision(state)


SERVICE = Service("depot", "parcel_id", dict, (on("ParcelSent", react, reads=("parcel_id",)),))
"""


def react(state: None, event: Event) -> Decision:
    return unchanged(state)


def depot(*events: str, react: React = react) -> Service:
    reactions = tuple(on(event, react, reads=tuple(PATHS[event].split())) for event in events or PATHS)
    return Service("depot", "parcel_id", dict, reactions)


@pytest.fixture
def schemas(tmp_path: Path) -> Schemas:
    for name, schema in SCHEMAS.items():
        file = tmp_path / "schemas" / "post" / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(schema))
    (tmp_path / "schemas" / "post" / "ParcelSent" / "upcast_to_2.py").touch()
    return load_schemas(tmp_path / "schemas")


def put(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def run(root: Path, *command: str) -> str:
    """Run a Python tool on the files of a project; return what it prints."""
    done = subprocess.run([sys.executable, "-m", *command], cwd=root, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout


def test_mypy_accepts_the_reads_that_are_declared_and_refuses_each_other_one(schemas: Schemas, tmp_path: Path) -> None:
    kit = {name: (ROOT / name).read_text() for name in ("functions/shared/model.py", "functions/shared/errors.py")}
    packages = {f"functions/{folder}__init__.py": "" for folder in ("", "shared/", "depot/")}
    put(tmp_path, kit | packages | generate([depot()], schemas) | {"functions/depot/domain.py": CODE})

    told = run(tmp_path, "mypy", "--strict", "--cache-dir=cache", "-p", "functions.depot")

    refused = {int(line) for line in re.findall(r"^functions/depot/domain\.py:(\d+): error", told, re.MULTILINE)}
    marked = {number for number, line in enumerate(CODE.splitlines(), 1) if "# refused" in line}
    assert refused == marked, told
    assert "events.pyi" not in told


def test_a_stub_needs_no_formatting_and_breaks_no_rule_of_lint(schemas: Schemas, tmp_path: Path) -> None:
    for events in (PATHS, ("ParcelLost",), ("ParcelWeighed",)):
        put(tmp_path, {"pyproject.toml": (ROOT / "pyproject.toml").read_text()} | generate([depot(*events)], schemas))

        assert run(tmp_path, "ruff", "format", "--no-cache", "--quiet", "--diff", STUB) == ""
        assert run(tmp_path, "ruff", "check", "--no-cache", "--quiet", STUB) == ""


def test_a_stub_depends_on_what_is_declared_and_not_on_its_order(schemas: Schemas) -> None:
    assert generate([depot(*reversed(PATHS))], schemas) == generate([depot()], schemas)


def test_a_service_that_hears_no_event_by_name_has_no_stub(schemas: Schemas) -> None:
    archive = Service("archive", "event_id", dict, (on_every_event(react),))

    assert list(generate([archive, depot()], schemas)) == [STUB]


def test_a_stub_is_outdated_when_it_is_missing_or_differs_or_its_service_has_gone(
    schemas: Schemas, tmp_path: Path
) -> None:
    assert outdated(tmp_path, [depot()], schemas) == [STUB]

    put(tmp_path, generate([depot()], schemas))
    assert outdated(tmp_path, [depot()], schemas) == []

    assert outdated(tmp_path, [depot("ParcelSent")], schemas) == [STUB]
    assert outdated(tmp_path, [], schemas) == [STUB]


def test_a_stub_that_somebody_wrote_by_hand_for_no_service_is_left_alone(schemas: Schemas, tmp_path: Path) -> None:
    put(tmp_path, {"functions/loft/events.pyi": "class Pigeon: ...\n"})

    assert outdated(tmp_path, [], schemas) == []


def annotated(annotation: str | type | None) -> React:
    def reaction(state: None, event: Any) -> Decision:
        return unchanged(state)

    reaction.__annotations__["event"] = annotation
    if annotation is None:
        del reaction.__annotations__["event"]
    return reaction


@pytest.mark.parametrize("annotation", ["ParcelLost | ParcelFound", "events.ParcelFound | events.ParcelLost", "Event"])
def test_a_function_may_take_the_views_of_all_its_events_or_any_event(annotation: str) -> None:
    assert misannotated([depot("ParcelLost", "ParcelFound", react=annotated(annotation))]) == []


def test_an_annotation_need_not_be_a_text() -> None:
    assert misannotated([depot("ParcelLost", react=annotated(Event))]) == []
    assert "is annotated <class 'str'>" in misannotated([depot("ParcelLost", react=annotated(str))])[0]


def test_a_function_may_be_a_partial_one() -> None:
    assert misannotated([depot("ParcelLost", react=partial(annotated("ParcelLost")))]) == []
    assert misannotated([depot("ParcelLost", react=partial(annotated("ParcelSent")))]) == misannotated(
        [depot("ParcelLost", react=annotated("ParcelSent"))]
    )


@pytest.mark.parametrize("annotation", ["ParcelSent", "ParcelLost", "Any", None])
def test_a_function_annotated_for_another_event_than_it_reacts_to_is_told_with_the_fix(annotation: str | None) -> None:
    (told,) = misannotated([depot("ParcelLost", "ParcelFound", react=annotated(annotation))])

    assert told == (
        "tests/contracts/test_views.py: reaction reacts to ParcelLost and ParcelFound, but its event is annotated "
        f"{annotation or 'as nothing'}. Fix: annotate it `event: ParcelLost | ParcelFound`, imported from "
        "functions.depot.events under `if TYPE_CHECKING:`"
    )


def test_a_moment_that_comes_due_has_no_view() -> None:
    sweeping = replace(depot("ParcelLost", react=annotated("ParcelLost")), index=lambda state: None)
    due = when_due(sweeping.reactions[0].react)

    (told,) = misannotated([replace(sweeping, reactions=(*sweeping.reactions, due))])

    assert told.endswith("Fix: annotate it `event: Event`")


def test_types_writes_what_is_missing_removes_what_is_left_over_and_then_has_nothing_to_do(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    stub, gone = project / "functions/order/events.pyi", project / "functions/gone/events.pyi"
    put(project, {"functions/gone/events.pyi": stub.read_text()})
    stub.unlink()

    first, second = (run(project, "ensemble", "types") for _ in range(2))

    assert first == "functions/gone/events.pyi removed\nfunctions/order/events.pyi written\n"
    assert second == "The event views are up to date\n"
    assert stub.read_text() == (ROOT / "functions/order/events.pyi").read_text()
    assert not gone.exists()


def test_the_domains_load_no_stub_and_nothing_else_for_the_types_alone() -> None:
    domains = [f"functions.{service.name}.domain" for service in discover(ROOT)]
    show = f"import sys, {', '.join(domains)}; print(*sys.modules)"

    loaded = set(subprocess.check_output([sys.executable, "-c", show], cwd=ROOT, text=True).split())

    assert loaded.issuperset(domains)
    assert not {name for name in loaded if name.endswith(".events") or name.startswith(("typing_extensions", "mypy"))}


def test_a_bundle_holds_no_stub(tmp_path: Path) -> None:
    schemas = load_schemas(ROOT / "schemas")
    (order,) = (service for service in discover(ROOT) if service.name == "order")

    folder = build(ROOT, order, schemas, tmp_path).folder

    assert (folder / "functions/order/domain.py").exists()
    assert not list(folder.rglob("*.pyi"))
