"""Whether each service has a handler, with an adapter for each effect, as its source says it. Nothing is run."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

from ensemble.contracts.findings import Finding
from functions.kit.model import Service

CONSUMER = "functions.kit.consumer"


def missing_adapters(root: Path, services: Sequence[Service]) -> Iterator[Finding]:
    """Yield each handler that is none, each effect that it has no adapter for, and each adapter that nobody asks for.

    A handler that gives its adapters by something else than a dictionary of classes is not looked at: each function
    looks itself as it is loaded.
    """
    for service in services:
        file = f"functions/{service.name}/handler.py"
        tree = ast.parse((root / file).read_text(encoding="utf-8"))
        if not any(_defines(node, "handler") for node in ast.walk(tree)):
            yield Finding(
                file,
                f"it has no `handler`, which Lambda calls. Harmed: {service.name}, whose function would not load",
                f"write handler = consumer({service.name.upper()})",
            )
            continue
        given = _adapters(tree)
        if given is None:
            continue
        asked = {effect.__name__ for effect in service.effects}
        for effect in sorted(asked - given):
            events = [one.event for one in service.reactions if effect in {kind.__name__ for kind in one.effects}]
            yield Finding(
                file,
                f"it has no adapter for the effect {effect}, which the reaction to {', '.join(events)} asks for. "
                f"Harmed: {service.name}, whose function would not load",
                f"consumer({service.name.upper()}, effects={{{effect}: <adapter>.<method>}})",
            )
        for effect in sorted(given - asked):
            yield Finding(
                file,
                f"it has an adapter for {effect}, which no reaction of {service.name} declares in `effects`. "
                f"Harmed: whatever asks for it, which would end in the dead-letter queue",
                f"declare effects={{{effect}: <outcome or None>}} at the reaction in "
                f"functions/{service.name}/service.py, or take the adapter out",
            )


def _defines(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Name(id=found, ctx=ast.Store()) | ast.FunctionDef(name=found):
            return found == name
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            return any((alias.asname or alias.name) == name for alias in aliases)
    return False


def _adapters(tree: ast.Module) -> set[str] | None:
    """Return the names of the effects that a handler has adapters for; None when that is not seen."""
    named = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    values = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and named.get(node.func.id) == "consumer":
            if len(node.args) > 1 or any(keyword.arg is None for keyword in node.keywords):
                return None
            given = next((keyword.value for keyword in node.keywords if keyword.arg == "effects"), ast.Dict([], []))
            return _keys(values.get(given.id, given) if isinstance(given, ast.Name) else given, named)
    return None


def _keys(given: ast.expr, named: dict[str, str]) -> set[str] | None:
    if not isinstance(given, ast.Dict):
        return None
    names = [_name(key, named) for key in given.keys]
    return None if None in names else {name for name in names if name is not None}


def _name(key: ast.expr | None, named: dict[str, str]) -> str | None:
    match key:
        case ast.Name(id=name):
            return named.get(name, name)
        case ast.Attribute(attr=name):
            return name
    return None
