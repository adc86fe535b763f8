"""Reads the templates of a synthesized assembly the way a test asks about them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]


class Template:
    """One stack's template."""

    def __init__(self, stack: str, content: Json) -> None:
        self.stack = stack
        self.content = content
        self.resources: dict[str, Json] = content["Resources"]

    def of_type(self, type: str) -> dict[str, Json]:
        """The properties of all resources of the type, by logical id."""
        return {id: made.get("Properties", {}) for id, made in self.resources.items() if made["Type"] == type}

    def the(self, type: str) -> Json:
        """The properties of the only resource of the type."""
        (properties,) = self.of_type(type).values()
        return properties

    def target_of(self, value: Any) -> str | None:
        """The logical id that a Ref or a Fn::GetAtt names."""
        match value:
            case {"Ref": str(id)} | {"Fn::GetAtt": [str(id), _]}:
                return id
        return None


def templates(assembly: Path, environment: str) -> dict[str, Template]:
    """The templates of a stage, by the stack's name within it."""
    folder = assembly / f"assembly-{environment}"
    artifacts = json.loads((folder / "manifest.json").read_text())["artifacts"].values()
    found = {}
    for artifact in artifacts:
        if artifact["type"] == "aws:cloudformation:stack":
            stack = artifact["properties"]["stackName"].split("-", 2)[2]
            found[stack] = Template(stack, json.loads((folder / artifact["properties"]["templateFile"]).read_text()))
    return found


def statements(template: Template) -> Iterator[tuple[str, Json]]:
    """Every statement of every role's policies, with the role's logical id."""
    for id, role in template.of_type("AWS::IAM::Role").items():
        for policy in role["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                yield id, statement


def values(node: Any) -> Iterator[tuple[str, Any]]:
    """Every leaf of a tree, with its path."""
    if isinstance(node, dict):
        items = [(f".{name}", child) for name, child in node.items()]
    elif isinstance(node, list):
        items = [(f"[{index}]", child) for index, child in enumerate(node)]
    else:
        yield "", node
        return
    for step, child in items:
        for path, leaf in values(child):
            yield step + path, leaf
