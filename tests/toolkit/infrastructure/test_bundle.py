"""A bundle holds what its functions import and no more, with bytecode if the functions' Python made it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import fastjsonschema
import pytest

from ensemble.contracts.schemas import Schemas
from functions.kit.model import Service
from infrastructure.bundle import Bundle, build
from infrastructure.errors import BundleRefused
from tests.toolkit.wheels import lock, only_from, wheel

UNCHECKED_HASH = (0b01).to_bytes(4, "little")
"""The flags of bytecode that is never compared with its source (PEP 552)."""


TAG = "infrastructure.bundle.BYTECODE_TAG"


@pytest.fixture(autouse=True)
def is_another_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this Python be another one than the functions run, whichever it is."""
    monkeypatch.setattr(TAG, "cpython-0")


@pytest.fixture
def is_the_functions_python(is_another_python: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this Python be the one that the functions run."""
    monkeypatch.setattr(TAG, sys.implementation.cache_tag)


@pytest.fixture
def own_bytecode(
    lending: Path, services: tuple[Service, ...], schemas: Schemas, tmp_path: Path, is_the_functions_python: None
) -> Bundle:
    """The bundle of a service, built by the functions' Python."""
    return build(lending, service_named("loan", services), schemas, tmp_path / "with")


def service_named(name: str, services: tuple[Service, ...]) -> Service:
    return next(service for service in services if service.name == name)


@pytest.fixture(scope="module")
def bundles(
    lending: Path, services: tuple[Service, ...], schemas: Schemas, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Bundle]:
    folder = tmp_path_factory.mktemp("bundles")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TAG, "cpython-0")
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
            if "kit/saga" not in path.as_posix()
        }

        upcasters = {file for file in files if file.startswith("schemas/")}
        assert files - upcasters == sources | {"functions/__init__.py", "functions/contracts.py"}
        assert upcasters == {
            f"schemas/{schemas.publishers[event]}/{event}/upcast_to_{major}.py"
            for event, majors in schemas.upcasters.items()
            for major in majors
            if event in heard[service]
        }
        assert {path.suffix for path in bundle.folder.rglob("*") if path.is_file()} == {".py"}


def test_the_code_of_sagas_is_in_the_bundle_of_a_service_that_imports_it(
    lending: Path, services: tuple[Service, ...], schemas: Schemas, tmp_path: Path
) -> None:
    project = shutil.copytree(lending, tmp_path / "project", ignore=shutil.ignore_patterns("cdk.out"))
    table = project / "functions" / "loan" / "service.py"
    before = build(project, service_named("shelf", services), schemas, tmp_path)
    table.write_text(table.read_text() + "\nfrom functions.kit.saga import saga\n")

    conducting = build(project, service_named("loan", services), schemas, tmp_path)
    other = build(project, service_named("shelf", services), schemas, tmp_path)

    assert (conducting.folder / "functions" / "kit" / "saga" / "reactions.py").exists()
    assert other == before
    assert not (other.folder / "functions" / "kit" / "saga").exists()


def test_every_source_has_bytecode_that_is_never_checked_if_the_functions_python_synthesizes(
    own_bytecode: Bundle,
) -> None:
    sources, bytecode = list(own_bytecode.folder.rglob("*.py")), list(own_bytecode.folder.rglob("*.pyc"))

    assert len(bytecode) == len(sources)
    assert {path.read_bytes()[4:8] for path in bytecode} == {UNCHECKED_HASH}


def test_a_bundle_of_another_python_gets_its_bytecode_when_the_functions_python_synthesizes(
    lending: Path, services: tuple[Service, ...], schemas: Schemas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = build(lending, services[0], schemas, tmp_path)
    assert not list(without.folder.rglob("*.pyc"))

    monkeypatch.setattr(TAG, sys.implementation.cache_tag)

    assert build(lending, services[0], schemas, tmp_path) == without
    assert list(without.folder.rglob("*.pyc"))


def test_a_zipped_bundle_is_small_and_its_bytecode_runs_without_a_look_at_the_source(
    own_bytecode: Bundle, tmp_path: Path
) -> None:
    archive = tmp_path / "loan.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for path in sorted(own_bytecode.folder.rglob("*")):
            zipped.write(path, path.relative_to(own_bytecode.folder))
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
    lending: Path, services: tuple[Service, ...], schemas: Schemas, tmp_path: Path, is_the_functions_python: None
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


def test_the_hash_depends_on_each_source_and_on_the_contracts_and_not_on_the_python_that_synthesizes(
    lending: Path, services: tuple[Service, ...], schemas: Schemas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "project"
    for folder in ("functions", "schemas"):
        shutil.copytree(lending / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shelf = service_named("shelf", services)

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
    monkeypatch.setattr("infrastructure.bundle.compile_contracts", lambda *_: "SOURCES = {}\n")
    seen.append(hash())
    monkeypatch.setattr(TAG, sys.implementation.cache_tag)
    assert hash() == seen[-1]

    assert len(set(seen)) == len(seen)


BUILD = """
import sys
from pathlib import Path
from ensemble.contracts.loading import load_schemas
from infrastructure.bundle import build
from infrastructure.services import discover
root, out = map(Path, sys.argv[1:])
for service in discover(root):
    print(build(root, service, load_schemas(root / "schemas"), out).hash)
"""


@pytest.mark.parametrize("python", ["python3.11", "python3.12", "python3.13", "python3.14"])
def test_another_python_makes_bundles_of_the_same_hash(
    python: str, lending: Path, bundles: dict[str, Bundle], tmp_path: Path
) -> None:
    found = shutil.which(python)
    if found is None or subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode:
        pytest.skip(f"there is no {python} on the PATH")
    libraries = str(Path(fastjsonschema.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(lending), libraries))}

    command = [found, "-B", "-c", BUILD, str(lending), str(tmp_path)]
    run = subprocess.run(command, cwd=lending, env=environment, capture_output=True, text=True, check=True)

    assert run.stdout.split() == [bundle.hash for bundle in bundles.values()]


READ = """
import sys
from pathlib import Path
from infrastructure import bundle
from infrastructure.stage import Project
bundle.BYTECODE_TAG = sys.argv[2]
Project.read(Path.cwd(), Path(sys.argv[1]), prefix="lending")
"""


@pytest.mark.parametrize(
    ("tag", "cli", "says"),
    [
        ("cpython-0", {"CDK_CLI_VERSION": "2"}, True),
        (sys.implementation.cache_tag, {"CDK_CLI_VERSION": "2"}, False),
        ("cpython-0", {}, False),
    ],
)
def test_the_cdk_cli_prints_that_there_is_no_bytecode_and_no_other_command_does(
    tag: str, cli: dict[str, str], says: bool, lending: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", READ, str(tmp_path), tag]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CDK_")}
    run = subprocess.run(command, cwd=lending, env={**environment, **cli}, capture_output=True, text=True, check=True)

    assert run.stdout == ""
    assert run.stderr.startswith("The bundles are without bytecode: this is Python ") is says
    assert run.stderr.count("\n") == says


# Libraries


@pytest.fixture
def project(lending: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose service shelf declares a library."""
    root = tmp_path / "project"
    for folder in ("functions", "schemas"):
        shutil.copytree(lending / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    only_from(tmp_path / "index", monkeypatch)
    files = {
        "parcels/__init__.py": "from parcels import inner\n",
        "parcels/inner.py": "",
        "parcels/old.py": "print 1\n",
    }
    lock(root, "shelf", f"parcels==1.0 {wheel(tmp_path / 'index', files=files)}")
    return root


def test_a_declared_library_is_in_the_bundle_and_imports_where_there_is_nothing_else(
    project: Path, services: tuple[Service, ...], schemas: Schemas, tmp_path: Path
) -> None:
    bundle = build(project, service_named("shelf", services), schemas, tmp_path / "out")
    other = build(project, service_named("loan", services), schemas, tmp_path / "out")

    script = f"import sys; sys.path.append({str(bundle.folder)!r}); import parcels.inner; print(parcels.__file__)"
    run = subprocess.run([sys.executable, "-I", "-S", "-B", "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == str(bundle.folder / "parcels" / "__init__.py")
    assert not (other.folder / "parcels").exists()


def test_the_hash_depends_on_the_libraries(
    project: Path, services: tuple[Service, ...], schemas: Schemas, tmp_path: Path
) -> None:
    shelf = service_named("shelf", services)
    first = build(project, shelf, schemas, tmp_path / "out")

    pin = wheel(tmp_path / "index", version="1.1", files={"parcels/__init__.py": "# newer\n"})
    lock(project, "shelf", f"parcels==1.1 {pin}")

    assert build(project, shelf, schemas, tmp_path / "out").hash != first.hash


def test_a_library_gets_bytecode_too_but_for_sources_that_are_no_python_of_today(
    project: Path, services: tuple[Service, ...], schemas: Schemas, tmp_path: Path, is_the_functions_python: None
) -> None:
    bundle = build(project, service_named("shelf", services), schemas, tmp_path / "out")

    compiled = {path.name.partition(".")[0] for path in (bundle.folder / "parcels" / "__pycache__").iterdir()}
    assert compiled == {"__init__", "inner"}


def test_a_library_that_would_lie_among_the_projects_own_modules_is_refused(
    project: Path, services: tuple[Service, ...], schemas: Schemas, tmp_path: Path
) -> None:
    pin = wheel(tmp_path / "index", "badly", files={"functions/__init__.py": ""})
    lock(project, "shelf", f"badly==1.0 {pin}")

    with pytest.raises(BundleRefused, match=r"functions/shelf/requirements\.txt: it brings a module functions"):
        build(project, service_named("shelf", services), schemas, tmp_path / "out")
