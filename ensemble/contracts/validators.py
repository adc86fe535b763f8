"""Validators as source text: fastjsonschema writes them, we cut them down to what a bundle can run.

What it writes imports fastjsonschema, carries a copy of the schema in every line that raises, and would name
the keys of a map. It is taken apart as a syntax tree; anything in it that we do not know is refused.
"""

from __future__ import annotations

import ast
import re

import fastjsonschema

from ensemble.contracts.profile import DATE_TIME, Json
from ensemble.contracts.schemas import DRAFT_4


class GeneratedCodeUnknown(Exception):
    """Raised when fastjsonschema writes other code than we know how to adapt: pin the version that did."""


def source_of(name: str, schema: Json) -> tuple[str, str]:
    """Return the source of one validator and of the table of patterns it needs."""
    written = fastjsonschema.compile_to_code({"$schema": DRAFT_4, **schema}, formats={"date-time": DATE_TIME})
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
