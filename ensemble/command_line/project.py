"""Reads what the project declares, and finds what of it does not load or does not fit together."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from traceback import extract_tb

from ensemble.command_line.errors import CheckFailed, UsageRefused
from ensemble.contracts.consumers import harmed
from ensemble.contracts.findings import Finding
from ensemble.contracts.loading import load_schemas
from ensemble.contracts.ownership import unowned
from ensemble.contracts.profile import SchemaMisdeclared
from ensemble.contracts.schemas import Schemas
from ensemble.project.root import ProjectNotFound, project_root
from ensemble.scenario import Scenario
from ensemble.scenario.discovery import find_scenario
from ensemble.scenario.errors import ScenarioMisdeclared
from ensemble.scenario.generated import generated_stories
from functions.kit.errors import EnsembleError
from functions.kit.model import Service
from infrastructure.contracts import compile_contracts
from infrastructure.errors import BundleRefused, ServiceNotFound
from infrastructure.imports import check_imports
from infrastructure.services import discover

FOLDERS = ("functions", "schemas", "scenarios")
IMPORTED = ("functions/", "infrastructure/")
"""Where the modules of the project lie that reading its services imports."""

OF_NO_SERVICE = ("scenarios/", "schemas/")
"""Where other modules of the project lie: scenarios, and upcasters."""

KIT = "functions/kit/"


def root_of_project() -> Path:
    """Return the root of the project that the current folder is in. Raises UsageRefused when it is in none."""
    try:
        return project_root()
    except ProjectNotFound as error:
        raise UsageRefused(str(error)) from error


def refuse(findings: Iterable[Finding]) -> None:
    """Raise CheckFailed with the findings, if there are any."""
    found = list(findings)
    if found:
        raise CheckFailed(*found)


def read_services(root: Path) -> Sequence[Service]:
    """Read the services. Raises CheckFailed."""
    try:
        return discover(root)
    except ServiceNotFound as error:
        file, _, rest = str(error).removeprefix(f"{root}/").partition(" ")
        raise CheckFailed(Finding(file, rest)) from error
    except Exception as error:  # whatever a module of the project raises while it is imported
        if isinstance(error, ModuleNotFoundError):
            check_functions(root)  # which knows more of it
        raise CheckFailed(unimportable(error, root)) from error


def check_functions(root: Path) -> None:
    """Refuse functions that would lack on AWS what they import. Raises CheckFailed."""
    try:
        check_imports(root)
    except BundleRefused as refused:
        raise CheckFailed(*refused.findings) from refused
    except SyntaxError as error:
        raise CheckFailed(unimportable(error, root)) from error


def forget_modules() -> None:
    """Let what changed of services, scenarios and schemas be imported anew by whoever reads it next; not the kit."""
    for name in list(sys.modules):
        folder, _, rest = name.partition(".")
        if folder in FOLDERS and rest and rest.partition(".")[0] != "kit":
            del sys.modules[name]
    importlib.invalidate_caches()


def unimportable(error: BaseException, root: Path, *copies: Path) -> Finding:
    """Return a finding at the last line of the project, or of a copy of it, that a failed import came to."""
    places = [(frame.filename, frame.lineno) for frame in extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError):
        places.append((error.filename or "", error.lineno))
    kind = "" if isinstance(error, EnsembleError) else f"{type(error).__name__}: "
    reason, _, fix = f"{kind}{error.msg if isinstance(error, SyntaxError) else error}".partition(". Fix: ")
    for file, line in reversed(places):
        path = Path(file)
        inner = next((path.relative_to(one).as_posix() for one in (*copies, root) if path.is_relative_to(one)), "")
        if inner.startswith(OF_NO_SERVICE):
            return Finding(f"{inner}:{line}", f"it cannot be imported: {reason}", fix or "correct this line")
        if inner.startswith(IMPORTED) and not inner.startswith(KIT):
            victim = inner.split("/")[1] if inner.startswith("functions/") else "every service"
            return Finding(
                f"{inner}:{line}", f"{reason}. Harmed: {victim}, which cannot be loaded", fix or "correct this line"
            )
    return Finding("functions/", f"a service cannot be imported: {reason}", fix or "correct its module")


def read_schemas(root: Path, services: Sequence[Service]) -> Schemas:
    """Read the schemas and fit the services to them. Raises CheckFailed."""
    try:
        schemas = load_schemas(root / "schemas")
    except SchemaMisdeclared as error:
        found = error.finding
        victims = harmed(services, Path(found.file).parent.name)
        raise CheckFailed(Finding(found.file, f"{found.problem}. Harmed: {victims}", found.fix)) from error
    refuse(unowned(schemas, services))
    for service in services:
        try:
            compile_contracts(service, schemas, services)
        except EnsembleError as error:
            raise CheckFailed(_at(f"functions/{service.name}/service.py", str(error))) from error
    return schemas


def read_scenario(root: Path) -> Scenario | None:
    """Read the scenario, if the project has one. Raises CheckFailed."""
    try:
        return find_scenario(root)
    except ScenarioMisdeclared as error:
        raise CheckFailed(misdeclared_scenario(error, root)) from error


def misdeclared_scenario(error: ScenarioMisdeclared, root: Path) -> Finding:
    """Return what is wrong with the files of a scenario as a finding, at the line that did not load, if that is why."""
    return unimportable(error.__cause__, root) if error.__cause__ else Finding("scenarios/", str(error))


def scenario_to_play(root: Path) -> Scenario:
    """Return the project's scenario, with a story for each command from outside where it has none.

    Raises CheckFailed.
    """
    scenario = read_scenario(root) or Scenario()
    if scenario.stories:
        return scenario
    services = read_services(root)
    stories = generated_stories(services, read_schemas(root, services), scenario)
    return replace(scenario, stories=stories)


def _at(file: str, message: str) -> Finding:
    """Return a message of the kit or the infrastructure, which know no findings, as one."""
    problem, _, fix = message.removeprefix(f"{file}: ").partition(". Fix: ")
    return Finding(file, problem, fix)
