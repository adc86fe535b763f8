"""Nested structs are Property classes: a dictionary in their place loses what it spells otherwise, without a word."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator, Mapping
from operator import attrgetter
from types import SimpleNamespace
from typing import Any

import pytest
from aws_cdk.aws_lambda import CfnEventSourceMapping, CfnFunction
from aws_cdk.aws_sqs import CfnQueue

from tests.conftest import ROOT

MODULES = sorted(path.stem for path in (ROOT / "infrastructure").glob("*.py") if path.stem != "__init__")

STRUCT = re.compile("Property|CfnTag")
"""What stands in the type of an argument that takes a struct of CDK's, or several."""

CONSTRUCTS = SimpleNamespace(
    CfnQueue=CfnQueue, lambda_=SimpleNamespace(CfnFunction=CfnFunction, CfnEventSourceMapping=CfnEventSourceMapping)
)


def structs_given_as_dictionaries(source: str, module: Any) -> Iterator[str]:
    """Yield the arguments of CDK's classes that are a dictionary where a Property class is taken.

    An argument that is JSON, such as a policy or an event pattern, takes any value and is free.
    """
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
        made = ast.unparse(call.func)
        if any(part.startswith("Cfn") for part in made.split(".")):
            types = {name: str(one.annotation) for name, one in _arguments(attrgetter(made)(module)).items()}
            structs = [given for given in call.keywords if given.arg and STRUCT.search(types[given.arg])]
            yield from (f"{made}: {one.arg}" for one in structs if any(map(_is_dictionary, _written_in(one.value))))


def _arguments(made: Any) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(made.__init__).parameters


def _written_in(value: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of an argument but for the arguments of calls in it, which are judged by themselves."""
    yield value
    for child in [value.func] if isinstance(value, ast.Call) else ast.iter_child_nodes(value):
        yield from _written_in(child)


def _is_dictionary(node: ast.AST) -> bool:
    return isinstance(node, ast.Dict | ast.DictComp) or (isinstance(node, ast.Name) and node.id == "dict")


@pytest.mark.parametrize("module", MODULES)
def test_no_struct_is_given_as_a_dictionary(module: str) -> None:
    source = (ROOT / "infrastructure" / f"{module}.py").read_text(encoding="utf-8")

    assert list(structs_given_as_dictionaries(source, importlib.import_module(f"infrastructure.{module}"))) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('CfnQueue(self, "Q", redrive_policy={"maxReceiveCount": 3})', []),
        ("lambda_.CfnFunction.EnvironmentProperty(variables={'A': 'b'})", []),
        (
            "lambda_.CfnEventSourceMapping(self, 'S', scaling_config={'maximum_concurrency': 5})",
            ["lambda_.CfnEventSourceMapping: scaling_config"],
        ),
        (
            "lambda_.CfnEventSourceMapping.FilterCriteriaProperty(filters=[dict(pattern='')])",
            ["lambda_.CfnEventSourceMapping.FilterCriteriaProperty: filters"],
        ),
        ("CfnQueue(self, 'Q', tags=[{'key': 'a'} for _ in 'a'] if a else None)", ["CfnQueue: tags"]),
        ("lambda_.CfnFunction(self, 'F', code=lambda_.CfnFunction.CodeProperty(s3_key=name({'a': 1})))", []),
    ],
)
def test_a_struct_given_as_a_dictionary_is_found(source: str, found: list[str]) -> None:
    assert list(structs_given_as_dictionaries(source, CONSTRUCTS)) == found
