"""A bundle holds what its functions import and no more, with bytecode that Python takes as it is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ensemble.contracts.schemas import Schemas
from functions.kit.model import Service
from infrastructure.bundle import Bundle, build

UNCHECKED_HASH = (0b01).to_bytes(4, "little")
"""The flags of bytecode that is never compared with its source (PEP 552)."""


@pytest.fixture(scope="module")
def bundles(
    lending: Path, services: tuple[Service, ...], schemas: Schemas, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Bundle]:
    folder = tmp_path_factory.mktemp("bundles")
    return {service.name: build(lending, service, schemas, folder) for service in services}


def test_a_bundle_holds_the_kit_its_own_service_its_contracts_and_nothing_else(
    bundles: dict[str, Bundle], lending: Path, services: tuple[Service, ...], schemas: Schemas
) -> None:
    heard = {service.name: {reaction.event for reaction in service.reactions} for service in services}
    for service, bundle in bundles.items():
        files = {path.relative_to(bundle.folder).as_posix() for path in bundle.folder.rglob("*.py")}
        sources = {
            path.relative_to(lending).as_posix()
            for folder in ("kit", service)
            for path in (lending / "functions" / folder).rglob("*.py")
        }

        upcasters = {file for file in files if file.startswith("schemas/")}
        assert files - upcasters == sources | {"functions/__init__.py", "functions/contracts.py"}
        assert upcasters == {
            f"schemas/{schemas.publishers[event]}/{event}/upcast_to_{major}.py"
            for event, majors in schemas.upcasters.items()
            for major in majors
            if event in heard[service]
        }
        assert {path.suffix for path in bundle.folder.rglob("*") if path.is_file()} == {".py", ".pyc"}


def test_every_source_has_bytecode_that_is_never_checked(bundles: dict[str, Bundle]) -> None:
    for bundle in bundles.values():
        sources, bytecode = list(bundle.folder.rglob("*.py")), list(bundle.folder.rglob("*.pyc"))

        assert len(bytecode) == len(sources)
        assert {path.read_bytes()[4:8] for path in bytecode} == {UNCHECKED_HASH}


def test_a_zipped_bundle_is_small_and_its_bytecode_runs_without_a_look_at_the_source(
    bundles: dict[str, Bundle], tmp_path: Path
) -> None:
    archive = tmp_path / "loan.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for path in sorted(bundles["loan"].folder.rglob("*")):
            zipped.write(path, path.relative_to(bundles["loan"].folder))
    assert archive.stat().st_size < 1_000_000

    with zipfile.ZipFile(archive) as zipped:
        zipped.extractall(tmp_path / "task")
    for source in (tmp_path / "task").rglob("*.py"):
        source.write_text("this is not Python\n")
    run = subprocess.run(
        [sys.executable, "-B", "-c", "import functions.loan.service, functions.contracts"],
        cwd=tmp_path / "task",
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.stderr == ""


def test_the_files_of_a_bundle_can_be_read_by_anybody_whatever_the_umask(
    lending: Path, services: tuple[Service, ...], schemas: Schemas, tmp_path: Path
) -> None:
    before = os.umask(0o077)
    try:
        bundle = build(lending, services[0], schemas, tmp_path)
    finally:
        os.umask(before)

    assert {path.stat().st_mode & 0o777 for path in bundle.folder.rglob("*.py*") if path.is_file()} == {0o644}


def test_building_again_makes_the_same_hash_and_builds_nothing(
    lending: Path, services: tuple[Service, ...], schemas: Schemas, bundles: dict[str, Bundle]
) -> None:
    service = services[0]
    built_at = bundles[service.name].folder.stat().st_mtime_ns

    again = build(lending, service, schemas, bundles[service.name].folder.parent)

    assert again == bundles[service.name]
    assert again.folder.stat().st_mtime_ns == built_at


def test_the_hash_depends_on_each_source_on_the_contracts_and_on_the_python_version(
    lending: Path, services: tuple[Service, ...], schemas: Schemas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "project"
    for folder in ("functions", "schemas"):
        shutil.copytree(lending / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shelf = next(service for service in services if service.name == "shelf")

    def hash() -> str:
        return build(root, shelf, schemas, tmp_path / "out").hash

    (tmp_path / "out").mkdir()
    seen = [hash()]
    upcaster = "schemas/loan/LoanRequested/upcast_to_2.py"
    for file in ("functions/kit/model.py", "functions/shelf/domain.py", upcaster):
        with (root / file).open("a") as source:
            source.write("# changed\n")
        seen.append(hash())
    with (root / "functions" / "loan" / "domain.py").open("a") as source:
        source.write("# changed\n")
    assert hash() == seen[-1]
    monkeypatch.setattr("infrastructure.bundle.compile_contracts", lambda service, schemas: "SOURCES = {}\n")
    seen.append(hash())
    monkeypatch.setattr(sys.implementation, "cache_tag", "cpython-999")
    seen.append(hash())

    assert len(set(seen)) == len(seen)
