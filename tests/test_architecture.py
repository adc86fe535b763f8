"""Who may import whom: the folder names are the dependency rule."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

PARTS = (
    "ensemble/choreography",
    "ensemble/command_line",
    "ensemble/contracts",
    "ensemble/laptop",
    "ensemble/project",
    "ensemble/simulator",
    "ensemble/testing",
    "ensemble/upgrade",
    "functions",
    "infrastructure",
    "scenarios",
)
PURE = {"functions.kit.model", "functions.kit.errors"}
IMPURE = {"asyncio", "http", "logging", "os", "random", "secrets", "socket", "subprocess", "time", "urllib", "uuid"}
"""Of the standard library, what reaches for the environment, the clock, chance, the log or the network."""

MAY_IMPORT = {
    "functions": set(),
    "ensemble/contracts": {"functions"},
    "infrastructure": {"ensemble/contracts", "functions"},
    "ensemble/laptop": set(),
    "ensemble/choreography": {"ensemble/contracts", "ensemble/laptop", "functions"},
    "ensemble/simulator": {"ensemble/choreography", "ensemble/laptop", "functions"},
    "ensemble/upgrade": set(),
    "ensemble/project": {"ensemble/upgrade", "functions", "infrastructure"},
    "ensemble/testing": {"ensemble/contracts", "ensemble/project", "functions", "infrastructure"},
    "scenarios": {"ensemble/simulator", "functions"},
    "ensemble/command_line": set(PARTS),
}


def part_of(module: str) -> str:
    """Return the part that a module belongs to: its package, or in the toolkit the package below it."""
    names = module.split(".")
    return "/".join(names[:2]) if names[0] == "ensemble" else names[0]


def imports(path: Path, *, at_run_time: bool = False) -> Iterator[str]:
    """The modules that a file imports, wherever in it; at run time: all but those for the type checker."""
    statements = [one for one in ast.parse(path.read_text()).body if not (at_run_time and is_for_types(one))]
    for node in (node for statement in statements for node in ast.walk(statement)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide what depends on what"
            yield str(node.module)


def is_for_types(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING" and not statement.orelse


def modules(part: str) -> list[Path]:
    return sorted((ROOT / part).rglob("*.py"))


@pytest.mark.parametrize("part", PARTS)
def test_a_part_imports_only_the_parts_it_may(part: str) -> None:
    for path in modules(part):
        others = {part_of(name) for name in imports(path)} & set(PARTS) - {part}
        assert others <= MAY_IMPORT[part], path


def test_the_infrastructure_knows_the_model_and_no_other_code_of_the_functions() -> None:
    for path in modules("infrastructure"):
        known = {name for name in imports(path) if name.startswith("functions")}
        assert known <= PURE, path


def test_a_domain_imports_only_the_model_and_what_is_pure_of_the_standard_library() -> None:
    domains = list((ROOT / "functions").glob("*/domain.py"))
    assert domains
    for path in domains:
        for name in imports(path):
            top = name.partition(".")[0]
            if name == f"functions.{path.parent.name}.events":
                continue  # its event views, which only the type checker reads: the test below
            assert name in PURE or (top in sys.stdlib_module_names and top not in IMPURE), f"{path} imports {name}"


def test_event_views_are_imported_for_the_types_alone() -> None:
    for path in modules("functions"):
        assert not [name for name in imports(path, at_run_time=True) if name.endswith(".events")], path


def test_an_upcaster_imports_only_what_is_pure_of_the_standard_library() -> None:
    upcasters = list((ROOT / "schemas").glob("*/*/upcast_to_*.py"))
    assert upcasters
    for path in upcasters:
        for name in imports(path):
            assert name.partition(".")[0] in sys.stdlib_module_names - IMPURE, f"{path} imports {name}"


def test_the_model_is_as_pure_as_a_domain() -> None:
    for name in imports(ROOT / "functions" / "kit" / "model.py"):
        assert name == "functions.kit.errors" or name.partition(".")[0] in sys.stdlib_module_names - IMPURE


def test_a_service_imports_no_other_service() -> None:
    for path in modules("functions"):
        own = path.relative_to(ROOT / "functions").parts[0]
        for name in imports(path):
            if name.startswith("functions."):
                assert name.split(".")[1] in (own, "kit", "contracts"), f"{path} imports {name}"


def test_upgrade_imports_the_standard_library_alone_since_it_runs_before_anything_is_installed() -> None:
    command_line = [ROOT / "ensemble" / name for name in ("__init__.py", "__main__.py", "command_line/__init__.py")]
    for path in [*modules("ensemble/upgrade"), *command_line]:
        for name in imports(path):
            own = name.startswith("ensemble.upgrade") or name == "ensemble.command_line.main"
            assert own or name.partition(".")[0] in sys.stdlib_module_names, f"{path} imports {name}"


@pytest.mark.parametrize("part", ["functions/kit", "ensemble/simulator", "ensemble/choreography"])
def test_what_is_not_the_shop_imports_no_service(part: str) -> None:
    for path in modules(part):
        for name in imports(path):
            assert not name.startswith("functions") or name.split(".")[1] == "kit", path
