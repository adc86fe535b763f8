"""Whether a service moves counters or totals: read off its sources, since decisions are made at run time and declare
nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

MOVES = {"takes", "gives", "totals"}
"""The arguments of a `Decision` that move counters or totals."""


def moves_counters(folder: Path) -> bool:
    """Return whether a source of the service's folder has one of the arguments, by whichever way it hands it on.

    A word too many gives a permission that is not used; none is missed, since a decision has no other way to counters.
    """
    sources = (path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.py")))
    return any(not MOVES.isdisjoint(_words(ast.parse(source))) for source in sources)


def _words(tree: ast.AST) -> Iterator[str]:
    """Yield the names and texts of a source that could be an argument's name."""
    for node in ast.walk(tree):
        match node:
            case ast.keyword(arg=str(word)) | ast.arg(arg=word) | ast.Name(id=word) | ast.Attribute(attr=word):
                yield word
            case ast.Constant(value=str(word)):
                yield word
