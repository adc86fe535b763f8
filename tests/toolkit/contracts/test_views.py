"""Event views: what mypy accepts of them and what it refuses, whether they are up to date, and what they cost."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ensemble.contracts.loading import load_schemas
from ensemble.contracts.schemas import Schemas
from ensemble.contracts.views import generate, outdated
from functions.kit.model import Service, on_every_event
from infrastructure.bundle import build
from infrastructure.services import discover
from tests.conftest import LENDING, ROOT, copy_lending
from tests.toolkit.contracts.parcels import CODE, PATHS, SCHEMAS, depot

STUB = "functions/depot/events.pyi"


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


def test_mypy_accepts_what_is_declared_to_be_read_and_published_and_refuses_all_else(
    schemas: Schemas, tmp_path: Path
) -> None:
    kit = {name: (ROOT / name).read_text() for name in ("functions/kit/model.py", "functions/kit/errors.py")}
    packages = {"functions/kit/__init__.py": ""}
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
    archive = Service("archive", reactions=(on_every_event(),))

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


def test_types_writes_what_is_missing_removes_what_is_left_over_and_then_has_nothing_to_do(tmp_path: Path) -> None:
    project = copy_lending(tmp_path / "project")
    stub, gone = project / "functions/loan/events.pyi", project / "functions/gone/events.pyi"
    put(project, {"functions/gone/events.pyi": stub.read_text()})
    stub.unlink()

    first, second = (run(project, "ensemble", "types") for _ in range(2))

    assert first == "functions/gone/events.pyi removed\nfunctions/loan/events.pyi written\n"
    assert second == "The event views are up to date\n"
    assert stub.read_text() == (LENDING / "functions/loan/events.pyi").read_text()
    assert not gone.exists()


def test_the_domains_load_no_stub_and_nothing_else_for_the_types_alone() -> None:
    domains = [f"functions.{service.name}.domain" for service in discover(LENDING) if not service.stores_events]
    show = f"import sys; sys.path.append({str(LENDING)!r}); import {', '.join(domains)}; print(*sys.modules)"

    loaded = set(subprocess.check_output([sys.executable, "-c", show], cwd=ROOT, text=True).split())

    assert loaded.issuperset(domains)
    assert not {name for name in loaded if name.endswith(".events") or name.startswith(("typing_extensions", "mypy"))}


def test_a_bundle_holds_no_stub(lending: Path, tmp_path: Path) -> None:
    (loan,) = (service for service in discover(LENDING) if service.name == "loan")

    folder = build(lending, loan, load_schemas(lending / "schemas"), tmp_path).folder

    assert (folder / "functions/loan/domain.py").exists()
    assert not list(folder.rglob("*.pyi"))
