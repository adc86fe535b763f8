"""docs/map.md is the map of this tree."""

from __future__ import annotations

import inspect
import re

from functions.kit.model import on
from tests.conftest import ROOT
from tests.docs.documented_map import MAP, code, may_import, table, visible

NAMED = re.compile(r"[\w.-]+(?:/[\w.-]+)+/?|[\w-]+\.(?:py|md|json|toml|txt|html)")
IN_A_FOLDER_NAMED_BEFORE = {"domain.py", "service.py", "handler.py", "scenario.py", "simulation.py"}


def packages() -> set[str]:
    """Return every folder with Python of the toolkit, the kit, the infrastructure and the scenarios."""
    roots = ("ensemble", "functions/kit", "infrastructure", "scenarios")
    modules = (path for root in roots for path in (ROOT / root).rglob("*.py"))
    folders = {path.parent.relative_to(ROOT).as_posix() for path in modules} - {"ensemble"}
    return {re.sub("^scenarios/[^/]+$", "scenarios/<yours>", folder) for folder in folders}


def test_each_path_that_the_map_names_exists() -> None:
    named = {name for name in code(visible(MAP.read_text())) if NAMED.fullmatch(name)} - IN_A_FOLDER_NAMED_BEFORE

    assert len(named) > 60
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_each_package_is_in_the_map() -> None:
    listed = {code(package)[0] for package, _ in table("Packages")}

    assert packages() - listed == set()


def test_each_part_of_the_toolkit_is_in_the_table_of_imports() -> None:
    parts = {path.parent.relative_to(ROOT).as_posix() for path in (ROOT / "ensemble").glob("*/__init__.py")}

    assert parts - may_import().keys() == set()


def test_at_least_25_changes_are_located_by_exact_files() -> None:
    changes = table("To change X, go to Y")

    assert len(changes) >= 25
    assert [what for what, files in changes if not code(files)] == []


def test_the_map_names_nothing_of_the_project_s_own_services() -> None:
    own = {path.parent.name for path in (ROOT / "functions").glob("*/service.py")}
    own |= {path.name for path in (ROOT / "scenarios").glob("*")}

    assert set(re.findall(r"(?:functions|scenarios|tests)/(\w+)", visible(MAP.read_text()))) & own == set()


def test_the_guide_explains_each_argument_of_a_reaction() -> None:
    guide = (ROOT / "docs" / "guides" / "write-a-service.md").read_text().split("All that can be declared\n")[1]
    arguments = set(inspect.signature(on).parameters) - {"event", "react"}

    assert arguments - set(code(guide)) == set()
