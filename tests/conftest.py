"""The synthesized assembly that the tests look at and run: made once, as anybody makes it, by `python app.py`."""

from __future__ import annotations

import fcntl
import gc
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from ensemble.command_line.check import dated_facts
from ensemble.command_line.synthesis import SOURCES
from ensemble.laptop.botocore_data import read_endpoints_once
from ensemble.project.templates import project_files
from infrastructure.libraries import CACHE
from infrastructure.naming import Names
from tests import synthesizing
from tests.synthesizing import NOWHERE, run_app

ROOT = Path(__file__).parents[1]

LENDING = ROOT / "tests" / "fixture"
"""A library that lends books: the domain of the toolkit's own tests, laid out as a project's own folders are."""

NAMES = Names("lending", "dev")
"""The names of its `dev`, as synthesized from `copy_lending`."""

OWN = ("functions", "schemas", "scenarios")
"""The folders in which a project's own domain lies."""

# The functions read their settings as they are imported.
os.environ.update(
    AWS_DEFAULT_REGION="eu-west-1",
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    POWERTOOLS_SERVICE_NAME="locker",
    POWERTOOLS_METRICS_NAMESPACE="Ensemble",
)

read_endpoints_once()

# Thousands of short-lived objects are a schedule's, and a look through them all takes a tenth of the tests' time.
gc.set_threshold(10_000, 10, 10)

sys.path.append(str(LENDING))  # so that `functions.loan` is found beside the kit, as in a project of its own


def pytest_xdist_auto_num_workers() -> int:
    """Return how many processes the tests of `make test` run in: one more than there are cores to run on, as some of
    them wait, for a browser or for what is to come in time."""
    return len(os.sched_getaffinity(0)) + 1


Run = Callable[[Path, Mapping[str, str]], subprocess.CompletedProcess[str]]
"""Runs the `app.py` of a project with these variables."""


def start_app(root: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the project's `app.py` as anybody does: by a Python of its own."""
    return subprocess.run(
        [sys.executable, "app.py"], cwd=root, env=environment, capture_output=True, text=True, check=False
    )


def synthesize(root: Path, outdir: Path, stage: str | None = None, *, by: Run = run_app) -> None:
    """Run the project's app with no more of an environment than a home: no PATH, no credentials, and no network.

    `stage`: the one that is made; else all are.
    """
    kept = {name: os.environ[name] for name in ("HOME", "NODE_COMPILE_CACHE")}
    environment = {**kept, "PATH": "", "CDK_OUTDIR": str(outdir), "HTTPS_PROXY": NOWHERE}
    if stage is not None:
        environment["CDK_CONTEXT_JSON"] = json.dumps({"stage": stage})
    run = by(root, environment)
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""


def copy_project(to: Path, *but: str) -> Path:
    """Copy what the stacks are synthesized from, without the files and folders of the names in `but`.

    The libraries of the services are copied as they were packed: tests reach no package index.
    """
    copy_libraries(to)
    for name in (*SOURCES, "pyproject.toml", "README.md"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, to / name, ignore=shutil.ignore_patterns("__pycache__", *but))
        else:
            to.mkdir(exist_ok=True)
            shutil.copy(source, to / name)
    return to


def copy_libraries(to: Path) -> None:
    """Copy the libraries of the services as they were packed here, so that no package index is asked."""
    if (ROOT / CACHE).exists():
        shutil.copytree(ROOT / CACHE, to / CACHE)


def copy_lending(to: Path) -> Path:
    """Make a project of the fixture's domain: the toolkit, the kit and the stacks of this one, and no shop.

    Its stages are those of any new project.
    """
    for name in ("ensemble", "infrastructure", "functions/kit"):
        shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("__pycache__"))
    (to / dated_facts.FILE).unlink()  # what the tests print and find is not to depend on the day
    for name in ("cdk.json", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, to / name)
    for name in OWN:
        if (LENDING / name).exists():
            shutil.copytree(LENDING / name, to / name, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    (to / "app.py").write_text(project_files("lending")["app.py"])
    (to / "README.md").write_text("# Lending\n")
    return to


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a copy for this process of a folder that the first process of the run that asks for its name makes.

    Whoever asks meanwhile waits. What one process could not make, the next one tries.
    """
    run = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        run = run.parent
    first, made = run / f"first-{name}", run / f"first-{name}.made"
    with (run / f"first-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            shutil.rmtree(first, ignore_errors=True)
            first.mkdir()
            make(first)
            made.touch()
    return shutil.copytree(first, factory.mktemp(name) / name)


@pytest.fixture(scope="session")
def lending(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of the fixture's domain, synthesized into its `cdk.out`. It is not to be changed: copy it."""

    def make(folder: Path) -> None:
        project = copy_lending(folder / "project")
        synthesize(project, project / "cdk.out", by=start_app)

    return made_once(tmp_path_factory, "lending", make) / "project"


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud assembly of all stages (a `cdk.out`)."""

    def make(folder: Path) -> None:
        synthesize(ROOT, folder / "cdk.out", by=start_app)

    return made_once(tmp_path_factory, "synthesized", make) / "cdk.out"


@pytest.fixture(scope="session", autouse=True)
def _types_are_read_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let each run of mypy on a copy of a project find what the one before found of the standard library and of what is
    installed: most of its time."""
    os.environ["MYPY_CACHE_DIR"] = str(tmp_path_factory.mktemp("types"))


@pytest.fixture(scope="session", autouse=True)
def _the_cdk_is_compiled_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let each synthesis of a copy of a project find what Node.js compiled of the CDK in the one before."""
    os.environ["NODE_COMPILE_CACHE"] = str(tmp_path_factory.mktemp("node"))


@pytest.fixture(scope="session", autouse=True)
def _the_cdk_is_loaded_once() -> Iterator[None]:
    yield
    synthesizing.stop()
