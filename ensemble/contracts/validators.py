"""Validators as source text: fastjsonschema writes them, we cut them down to what a bundle can run.

What it writes imports fastjsonschema, carries a copy of the schema in every line that raises, and would name
the keys of a map. It is taken apart as a syntax tree; anything in it that we do not know is refused. All validators
together are a fifth of a synthesis, so what was written once is kept in a file, by all that it depends on.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import sys
from contextlib import suppress
from pathlib import Path

import fastjsonschema

from ensemble.contracts.profile import ENFORCED, Json
from ensemble.contracts.schemas import DRAFT_4

PROJECT = Path(__file__).resolve().parents[2]
"""The project that this toolkit lies in."""

KEPT = Path(".ensemble", "validators")
"""The folder of a project in which validators are kept; it may be deleted at any time."""

_DEPENDS_ON = f"{sys.version_info} {fastjsonschema.VERSION}".encode() + Path(__file__).read_bytes()


class GeneratedCodeUnknown(Exception):
    """Raised when fastjsonschema writes other code than we know how to adapt: pin the version that did."""


def source_of(name: str, schema: Json, project: Path = PROJECT) -> tuple[str, str]:
    """Return the source of one validator and of the table of patterns it needs."""
    digest = hashlib.sha256(_DEPENDS_ON + json.dumps([name, schema, DRAFT_4, ENFORCED]).encode()).hexdigest()
    file = project / KEPT / f"{digest}.json"
    with suppress(OSError, ValueError):
        function, patterns = json.loads(file.read_text(encoding="utf-8"))
        return function, patterns
    written = _written(name, schema)
    with suppress(OSError):  # a project that cannot be written to is slower, no more
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(f".{os.getpid()}")
        unfinished.write_text(json.dumps(written), encoding="utf-8")
        unfinished.replace(file)
    return written


def _written(name: str, schema: Json) -> tuple[str, str]:
    written = fastjsonschema.compile_to_code({"$schema": DRAFT_4, **schema}, formats=dict(ENFORCED))
    functions, patterns = [], ""
    for statement in ast.parse(written).body:
        match statement:
            case ast.FunctionDef(name="validate"):
                statement.name = name
                functions.append(ast.unparse(_Adapted().visit(statement)))
            case ast.Assign(targets=[ast.Name(id="REGEX_PATTERNS")]):
                patterns = ast.unparse(statement)
            case ast.Assign(targets=[ast.Name(id="VERSION" | "NoneType")]) | ast.Import() | ast.ImportFrom():
                pass
            case _:
                raise GeneratedCodeUnknown(ast.unparse(statement))
    if len(functions) != 1 or not patterns or re.search("jsonschema|NoneType", functions[0], re.IGNORECASE):
        raise GeneratedCodeUnknown(written)
    return functions[0], patterns


class _Adapted(ast.NodeTransformer):
    """Makes a validator raise our own error, without a copy of the schema and without the keys of maps."""

    def visit_Raise(self, node: ast.Raise) -> ast.Raise:
        match node.exc:
            case ast.Call(func=ast.Name(id="JsonSchemaValueException") as error, args=[_], keywords=keywords):
                error.id = "SchemaViolation"
            case _:
                raise GeneratedCodeUnknown(ast.unparse(node))
        if [keyword.arg for keyword in keywords] != ["value", "name", "definition", "rule"]:
            raise GeneratedCodeUnknown(ast.unparse(node))
        keywords[2].value = ast.Constant(None)
        for part in ast.walk(keywords[1].value):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                part.value = re.sub(r"\{[^}]*_key\}", "*", part.value)
        return node
