"""Lays the conducted shop over a copy of this repository's application, as `examples/conducted/README.md` says."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.conftest import ROOT
from tests.examples.laid_over import EXAMPLES, FOLDERS

EXAMPLE = EXAMPLES / "conducted"
STARTER = (
    "functions/ticket",
    "schemas/ticket",
    "schemas/website",
    "scenarios/ticket",
    "tests/test_ticket.py",
)
"""What a new project begins with, and the example's README says to delete."""

SHOP = ("app.py", "functions", "schemas", "scenarios")
"""What is copied of the shop."""

MOVED = {
    "schemas/shipping/CancellationRejected": "schemas/fulfilment/CancellationRejected",
    "scenarios/shop/scenario.py": "scenarios/shop/choreographed_scenario.py",
    "scenarios/shop/simulation.py": "scenarios/shop/choreographed.py",
}
"""What lies elsewhere, or is called otherwise, than in the shop."""


def lay_over(project: Path) -> None:
    """Lay the shop, and the conducted one over it, into a project without its first service."""
    for name in SHOP:
        _copy(ROOT / name, project / name)
    for old, new in MOVED.items():
        (project / new).parent.mkdir(exist_ok=True)
        (project / old).rename(project / new)
    for name in FOLDERS:
        _copy(EXAMPLE / name, project / name)


def _copy(path: Path, to: Path) -> None:
    if path.is_dir():
        shutil.copytree(path, to, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(path, to)
