"""Cuts an event down to the fields that a reaction declares it reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from functions.kit.model import EVERY_EVENT

Tree = dict[str, Any]


def selection(paths: tuple[str, ...]) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    """Compile paths such as `total`, `address.country`, `items[].sku` and `coupon?` to a function that keeps only them.

    A declared field that the event does not have is left out.
    """
    if EVERY_EVENT in paths:
        return dict
    tree: Tree = {}
    for path in paths:
        _grow(tree, path.replace("[]", "").replace("?", "").split("."))
    return lambda data: _select(data, tree)


def _grow(tree: Tree, names: list[str]) -> None:
    """Add one path to the tree; an empty branch keeps the whole value."""
    branch = tree
    for position, name in enumerate(names):
        already = name in branch
        branch = branch.setdefault(name, {})
        if already and not branch:
            return
        if position == len(names) - 1:
            branch.clear()


def _select(data: Mapping[str, Any], tree: Tree) -> dict[str, Any]:
    return {name: _cut(data[name], branch) for name, branch in tree.items() if name in data}


def _cut(value: Any, branch: Tree) -> Any:
    if not branch:
        return value
    if isinstance(value, list):
        return [_cut(element, branch) for element in value]
    return _select(value, branch) if isinstance(value, Mapping) else value
