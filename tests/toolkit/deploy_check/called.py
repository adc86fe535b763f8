"""How the check on the emulator calls the CDK, read from its code, for whoever says that it is called so."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from ensemble.deploy_check import check


def commands_of_the_check() -> dict[str, set[str]]:
    """Return the CDK's commands that the check on the emulator runs, each with the options it is given."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(ast.parse(Path(check.__file__).read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "run":
            command, *given = node.args
            if isinstance(command, ast.Constant):
                literals = [one.value for one in given if isinstance(one, ast.Constant)]
                starred = [
                    one.value.id for one in given if isinstance(one, ast.Starred) and isinstance(one.value, ast.Name)
                ]
                options = {str(one) for one in [*literals, *(word for name in starred for word in vars(check)[name])]}
                found.setdefault(str(command.value), set()).update(options)
    return found


def options(words: list[str]) -> Iterator[str]:
    """Yield the options, `-c` with what follows it; the others are names of stacks."""
    for number, word in enumerate(words):
        if word == "-c":
            yield f"-c {words[number + 1]}"
        elif word.startswith("-"):
            yield word
