"""Who may import whom: the folder names are the dependency rule."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

PARTS = ("choreography", "contracts", "ensemble", "functions", "infrastructure", "local")
PURE = {"functions.shared.model", "functions.shared.errors"}
IMPURE = {"asyncio", "http", "logging", "os", "random", "secrets", "socket", "subprocess", "time", "urllib", "uuid"}
"""Of the standard library, what reaches for the environment, the clock, chance, the log or the network."""

MAY_IMPORT = {
    "functions": set(),
    "contracts": {"functions"},
    "infrastructure": {"contracts", "functions"},
    "local": set(),
    "choreography": {"contracts", "functions", "local"},
    "ensemble": set(PARTS),
}


def imports(path: Path) -> Iterator[str]:
    """The modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide what depends on what"
            yield str(node.module)


def modules(part: str) -> list[Path]:
    return sorted((ROOT / part).rglob("*.py"))


@pytest.mark.parametrize("part", PARTS)
def test_a_part_imports_only_the_parts_it_may(part: str) -> None:
    for path in modules(part):
        others = {name.partition(".")[0] for name in imports(path)} & set(PARTS) - {part}
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
            assert name in PURE or (top in sys.stdlib_module_names and top not in IMPURE), f"{path} imports {name}"


def test_the_model_is_as_pure_as_a_domain() -> None:
    for name in imports(ROOT / "functions" / "shared" / "model.py"):
        assert name == "functions.shared.errors" or name.partition(".")[0] in sys.stdlib_module_names - IMPURE


def test_a_service_imports_no_other_service() -> None:
    for path in modules("functions"):
        own = path.relative_to(ROOT / "functions").parts[0]
        for name in imports(path):
            if name.startswith("functions."):
                assert name.split(".")[1] in (own, "shared", "contracts"), f"{path} imports {name}"


def test_the_kit_imports_no_service() -> None:
    for path in modules("functions/shared"):
        for name in imports(path):
            assert not name.startswith("functions") or name.split(".")[1] == "shared", path
