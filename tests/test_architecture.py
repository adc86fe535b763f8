"""Who may import and name whom: the folder names are the dependency rule."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ensemble.testing.imports import forbidden_imports, imports
from tests.conftest import ROOT
from tests.docs.documented_map import may_import
from tests.names import named_in, names_of_the_project

MAY_IMPORT = may_import()
"""The first table of docs/map.md: who may import whom stands there, once."""

PARTS = tuple(MAY_IMPORT)

OF_NO_PROJECT = ("ensemble", "functions/kit", "infrastructure", "tests/kit", "tests/toolkit")
"""What stays as it is when a project's own services take the shop's place."""


def part_of(module: str) -> str:
    """Return the part that a module belongs to: its package, or in the toolkit the package below it."""
    names = module.split(".")
    return "/".join(names[:2]) if names[0] == "ensemble" else names[0]


def test_nobody_imports_what_is_not_theirs() -> None:
    assert list(forbidden_imports(ROOT)) == []


@pytest.mark.parametrize("part", PARTS)
def test_a_part_imports_only_the_parts_it_may(part: str) -> None:
    for path in (ROOT / part).rglob("*.py"):
        others = {part_of(name) for name in imports(path)} & set(PARTS) - {part}
        assert others <= MAY_IMPORT[part], path


def texts() -> dict[str, str]:
    """Return what stands in each file that is of no project."""
    paths = [path for folder in OF_NO_PROJECT for path in sorted((ROOT / folder).rglob("*")) if path.is_file()]
    return {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in paths
        if path.suffix not in (".gz", ".pyc")
    }


def test_what_is_of_no_project_names_nothing_of_this_one() -> None:
    names = names_of_the_project(ROOT)
    naming = {file: found for file, text in texts().items() if (found := named_in(text, names))}

    assert naming == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("an order of the audit", []),
        ("reorder, PlaceOrders, order_id", []),
        ('"order"', ["order"]),
        ("'desk'", ["desk"]),
        ("import functions.order.domain", ["functions.order"]),
        ("schemas/desk/x.json", ["schemas/desk"]),
        ("scenarios.shop", ["scenarios.shop"]),
        ("the stack dev-order", ["dev-order"]),
        ("whoever sends PlaceOrder", ["PlaceOrder"]),
        ("PlaceOrder, OrderPlaced and PlaceOrder", ["OrderPlaced", "PlaceOrder"]),
    ],
)
def test_a_name_is_found_where_it_can_be_no_word_of_a_sentence(text: str, found: list[str], tmp_path: Path) -> None:
    for file in (
        "functions/order/service.py",
        "functions/kit/model.py",
        "scenarios/shop/scenario.py",
        "schemas/order/OrderPlaced/1.0.json",
        "schemas/desk/PlaceOrder/1.0.json",
    ):
        (tmp_path / file).parent.mkdir(parents=True)
        (tmp_path / file).touch()

    assert named_in(text, names_of_the_project(tmp_path)) == found
    assert named_in(text, names_of_the_project(tmp_path / "nothing")) == []


def test_upgrade_imports_the_standard_library_alone_since_it_runs_before_anything_is_installed() -> None:
    command_line = [ROOT / "ensemble" / name for name in ("__init__.py", "__main__.py", "command_line/__init__.py")]
    for path in [*(ROOT / "ensemble" / "upgrade").rglob("*.py"), *command_line]:
        for name in imports(path):
            own = name.startswith("ensemble.upgrade") or name == "ensemble.command_line.main"
            assert own or name.partition(".")[0] in sys.stdlib_module_names, f"{path} imports {name}"
