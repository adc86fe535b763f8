"""What a deployment of a stage would change: stack by stack, and of what kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ensemble.command_line.stage.synthesized import Synthesized

Json = Mapping[str, Any]
State = Literal["new", "changed", "unchanged", "removed"]

KINDS: Mapping[str, str] = {
    "AWS::CloudWatch::": "alarms",
    "AWS::DynamoDB::": "tables",
    "AWS::EventSchemas::": "schemas",
    "AWS::Events::Archive": "archive",
    "AWS::Events::EventBus": "buses",
    "AWS::Events::": "subscriptions",
    "AWS::IAM::": "permissions",
    "AWS::Lambda::EventSourceMapping": "subscriptions",
    "AWS::Lambda::": "functions",
    "AWS::Logs::": "logs",
    "AWS::SNS::": "topics",
    "AWS::SQS::": "subscriptions",
}
"""What changes of a resource are called, by how its type begins; the first that fits."""

SCHEMA = "AWS::EventSchemas::Schema"
VERSION = re.compile(r"^(?P<source>[^@]+)@(?P<type>.+)-(?P<major>\d+)\.\d+$")
"""A schema's name in the registry (`ensemble.contracts.registry`)."""


@dataclass(frozen=True, slots=True)
class Change:
    """A stack, what becomes of it, and the kinds of what changes in it. `path`: what the CDK calls it."""

    name: str
    path: str
    state: State
    kinds: tuple[str, ...]

    @property
    def is_to_do(self) -> bool:
        return self.state != "unchanged"


def changes(synthesized: Sequence[Synthesized], deployed: Mapping[str, Json]) -> list[Change]:
    """Return what becomes of each stack, given the templates that are deployed, by stack."""
    made = {one.name for one in synthesized}
    kept = [_change(one, deployed.get(one.name)) for one in synthesized]
    gone = [Change(name, name, "removed", ()) for name in sorted(deployed) if name not in made]
    return [*kept, *gone]


def new_majors(before: Mapping[str, Json], after: Mapping[str, Json]) -> frozenset[tuple[str, str]]:
    """Return the events, by source and type, that have a major version in the registry which they had not."""
    new = set(_majors(after)) - set(_majors(before))
    return frozenset((source, type) for source, type, _ in new)


def _change(stack: Synthesized, deployed: Json | None) -> Change:
    if deployed is None:
        return Change(stack.name, stack.path, "new", ())
    kinds = tuple(sorted(set(_kinds(deployed, stack.template))))
    return Change(stack.name, stack.path, "changed" if kinds else "unchanged", kinds)


def _kinds(old: Json, new: Json) -> Iterator[str]:
    """Yield the kind of each resource that is new, gone or another one, and what else of the template changes."""
    before, after = old.get("Resources", {}), new.get("Resources", {})
    for id in before.keys() | after.keys():
        if before.get(id) != after.get(id):
            yield _kind(str((after.get(id) or before[id])["Type"]))
    for member in (old.keys() | new.keys()) - {"Resources"}:
        if old.get(member) != new.get(member):
            yield member.lower()


def _kind(type: str) -> str:
    return next((kind for beginning, kind in KINDS.items() if type.startswith(beginning)), type)


def _majors(templates: Mapping[str, Json]) -> Iterator[tuple[str, str, str]]:
    for template in templates.values():
        for resource in template.get("Resources", {}).values():
            if resource["Type"] == SCHEMA:
                found = VERSION.match(str(resource["Properties"].get("SchemaName", "")))
                if found:
                    yield found["source"], found["type"], found["major"]
