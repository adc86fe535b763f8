"""Adds to a project: a service from the starter's templates, or an event that a service hears. Overwrites nothing."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from ensemble.project.errors import AdditionRefused
from ensemble.project.templates import imports_sorted, service_files
from functions.kit.model import Service
from infrastructure.services import NAME

EVENT = re.compile(r"[A-Z][A-Za-z0-9]*")
"""What can name an event, a folder, a Python class and part of a rule."""

RESERVED = frozenset({"kit", "platform"})
"""What no service can be called, since a folder or a stack of the toolkit is."""

REACTION = """

def {function}({state_name}: {state} | None, event: {event}) -> Decision:
    # Decide here: Decision({state}(...), publish.<Event>(...)). Whoever asked is always answered.
    refused = publish.{answer}(
        {key}=event["{key}"],
        command_id=event.external_id,
        reason="nothing does it yet",
    )
    return Decision({state_name}, refused)
"""

ROW = """        on(
            "{event}",
            {function},
            reads=("{key}",),
            refusals=("{answer}",),
        ),
"""

TEST = '''"""The {service} service hears {event}."""

from __future__ import annotations

from typing import Any

from functions.kit.model import Event
from functions.{service}.domain import {function}

EVENT: Any = Event(
    event_id="event-1",
    type="{event}",
    timestamp="2026-01-01T00:00:00.000Z",
    correlation_id="event-1",
    fields={{"{key}": "{service}-1"}},
)


def test_{function}_changes_nothing_yet_and_says_so() -> None:
    decision = {function}(None, EVENT)

    assert decision.state is None
    assert [one.type for one in decision.publications] == ["{answer}"]
'''


def service_to_add(root: Path, name: str) -> dict[str, str]:
    """Return the files of a service of this name, by path. Raises AdditionRefused."""
    if not NAME.fullmatch(name) or name in RESERVED:
        raise AdditionRefused(
            f"a service cannot be called {name!r}: take lower-case letters and digits, beginning with a letter"
            f"{', and none of ' + ', '.join(sorted(RESERVED)) if name in RESERVED else ''}"
        )
    files = service_files(name)
    _refuse_what_is_there(root, files)
    return files


def event_to_add(root: Path, name: str, service: Service, sender: str, publishers: Mapping[str, str]) -> dict[str, str]:
    """Return the files by which a service hears an event from outside, by path: new ones, and its two that change.

    `publishers`: who publishes each event that there is. Raises AdditionRefused, also when the service's files are
    not laid out as the templates are, so that there is no place for the reaction.
    """
    if not EVENT.fullmatch(name):
        raise AdditionRefused(f"an event cannot be called {name!r}: write its words together, such as CloseTicket")
    if service.stores_events:
        raise AdditionRefused(f"{service.name} hears every event already, {name} too: say another, by --service")
    if name in publishers:
        raise AdditionRefused(f"schemas/{publishers[name]}/{name} is there already: add a reaction to it by hand")
    if not re.fullmatch(r"[a-z][a-z0-9-]*", sender):
        raise AdditionRefused(f"nobody can be called {sender!r}: take lower-case letters, digits and hyphens")
    function = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    state = service.state.__name__
    words = {"event": name, "function": function, "service": service.name, "key": service.key}
    words |= {"state": state, "state_name": state.lower(), "answer": f"{name}Refused"}
    created = {
        f"schemas/{sender}/{name}/1.0.json": json.dumps(_schema(service.key), indent=2) + "\n",
        f"schemas/{service.name}/{name}Refused/1.0.json": json.dumps(_schema_of_an_answer(service.key), indent=2)
        + "\n",
        f"tests/test_{service.name}_{function}.py": imports_sorted(TEST.format(**words)),
    }
    _refuse_what_is_there(root, created)
    folder = f"functions/{service.name}"
    domain, table = (root / folder / file for file in ("domain.py", "service.py"))
    return {
        **created,
        f"{folder}/domain.py": _with_reaction(domain, words),
        f"{folder}/service.py": _with_row(table, words),
    }


def write(root: Path, files: Mapping[str, str]) -> None:
    """Write the files below the root."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def chosen(services: Sequence[Service], name: str | None) -> Service:
    """Return the service of this name, or the only one. Raises AdditionRefused."""
    names = ", ".join(service.name for service in services)
    if name is None and len(services) > 1:
        raise AdditionRefused(f"say which service hears it, by --service: there are {names}")
    found = next((service for service in services if name in (None, service.name)), None)
    if found is None:
        raise AdditionRefused(f"there is no service {name!r}: there are {names}")
    return found


def _refuse_what_is_there(root: Path, files: Mapping[str, str]) -> None:
    there = [path for path in files if (root / path).exists()]
    if there:
        raise AdditionRefused(f"{there[0]} is there already, and nothing is overwritten: take another name")


def _schema(key: str) -> dict[str, object]:
    field = {"type": "string", "description": "Finds the row.", "minLength": 1, "maxLength": 64}
    return {
        "description": "Say here what happened, or what is asked for.",
        "type": "object",
        "required": [key],
        "properties": {key: field},
    }


def _schema_of_an_answer(key: str) -> dict[str, object]:
    of_a_command = {"type": "string", "description": "The id that the sender wrote, if any.", "minLength": 1}
    reason = {"type": "string", "description": "Why.", "minLength": 1, "maxLength": 256}
    found = {"type": "string", "description": "What was to be changed.", "minLength": 1, "maxLength": 64}
    return {
        "description": "What was asked for is not done.",
        "type": "object",
        "required": [key, "reason"],
        "properties": {key: found, "command_id": {**of_a_command, "maxLength": 128}, "reason": reason},
    }


def _with_reaction(domain: Path, words: Mapping[str, str]) -> str:
    """Return the text of `domain.py` with a reaction at its end, and the imports that it needs."""
    text = domain.read_text(encoding="utf-8")
    if re.search(rf"^def {words['function']}\b", text, re.MULTILINE):
        raise AdditionRefused(f"{domain} has a function {words['function']} already: add the reaction by hand")
    if not re.search(r"^ *from functions\.kit\.model import .*\bpublish\b", text, re.MULTILINE):
        raise AdditionRefused(
            f"{domain} imports no `publish`, by which the event is answered: add the reaction by hand"
        )
    text = _with_import(text, domain, f"functions.{words['service']}.events", words["event"], "publish")
    text = _with_import(text, domain, "functions.kit.model", "Decision")
    return text.rstrip("\n") + "\n" + REACTION.format(**words)


def _with_row(table: Path, words: Mapping[str, str]) -> str:
    """Return the text of `service.py` with one more row at the end of its table, and the import that it needs."""
    text = table.read_text(encoding="utf-8")
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    rows = next(
        (word.value for call in calls for word in call.keywords if word.arg == "reactions"),
        None,
    )
    if not isinstance(rows, ast.Tuple) or rows.end_lineno is None or rows.end_lineno == rows.lineno:
        raise AdditionRefused(f"{table} has no `reactions=(` with a row on each line below it: add the row by hand")
    lines = text.splitlines(keepends=True)
    lines.insert(rows.end_lineno - 1, ROW.format(**words))
    text = _with_terminal("".join(lines), table, words["answer"])
    text = _with_import(text, table, f"functions.{words['service']}.domain", words["function"])
    return _with_import(text, table, "functions.kit.model", "on")


def _with_terminal(text: str, table: Path, event: str) -> str:
    """Return the text of `service.py` with an event that nobody here need hear."""
    service = next(
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and any(word.arg == "reactions" for word in node.keywords)
    )
    known = next((word.value for word in service.keywords if word.arg == "terminal"), None)
    lines = text.splitlines(keepends=True)
    if known is None and service.end_lineno is not None:
        lines.insert(service.end_lineno - 1, f'    terminal=("{event}",),\n')
    elif isinstance(known, ast.Tuple) and known.lineno == known.end_lineno:
        events = sorted({event, *(one.value for one in known.elts if isinstance(one, ast.Constant))}, key=str)
        lines[known.lineno - 1] = f"    terminal=({', '.join(json.dumps(one) for one in events)}),\n"
    else:
        raise AdditionRefused(f"{table} has no `terminal=(...)` on a line of its own: add {event} there by hand")
    return "".join(lines)


def _with_import(text: str, file: Path, module: str, *names: str) -> str:
    """Return the text with these names among those that it imports from a module, in one statement, sorted."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module == module and node.end_lineno is not None:
            # As ruff sorts them: constants, classes, functions.
            all_names = sorted({*names, *(one.name for one in node.names)}, key=_place_of)
            indent = " " * node.col_offset
            line = f"{indent}from {module} import {', '.join(all_names)}\n"
            if len(line) > 121:
                inner = "".join(f"{indent}    {name},\n" for name in all_names)
                line = f"{indent}from {module} import (\n{inner}{indent})\n"
            lines = text.splitlines(keepends=True)
            return "".join([*lines[: node.lineno - 1], line, *lines[node.end_lineno :]])
    raise AdditionRefused(f"{file} imports nothing from {module}: import {', '.join(names)} there, then try again")


def _place_of(name: str) -> tuple[int, str]:
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, name
