"""Takes out of a copy of the assembly what the emulator cannot take, and nothing else; says what and why."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

Json = dict[str, Any]

UNKNOWN_TYPES = re.compile(r"Unrecognized resource types: \[(.*?)\]")

REFUSED_PROPERTIES: Mapping[tuple[str, str], str] = {
    ("AWS::CloudWatch::Alarm", "Metrics"): "the emulator knows no metric math: it fails the stack",
    ("Custom::S3AutoDeleteObjects", "ServiceToken"): "its function needs an SDK that the emulator's Node.js has not",
}
"""By type and property, why a resource with this property cannot be deployed there."""

PUBLIC_PARAMETER = "AWS::SSM::Parameter::Value<"
OF_AWS = "/aws/"
"""What the names of AWS's own public parameters begin with; nobody else may make one, in the emulator neither."""

EMULATED = "/emulated/"


@dataclass(frozen=True, slots=True)
class Stripped:
    """What was taken out or changed: so many of a type, and why."""

    what: str
    number: int
    why: str


def unknown_types(cloudformation: Any, types: Collection[str]) -> frozenset[str]:
    """Ask the emulator which of these types of resource it does not know."""
    resources = {f"R{number}": {"Type": type} for number, type in enumerate(sorted(types))}
    try:
        cloudformation.validate_template(TemplateBody=json.dumps({"Resources": resources}))
    except ClientError as error:
        found = UNKNOWN_TYPES.search(str(error))
        if found is None:
            raise
        return frozenset(found[1].split(", "))
    return frozenset()


def types_in(stage: Path) -> set[str]:
    """Return the types of all resources in a stage's assembly."""
    return {one["Type"] for path in _templates(stage) for one in _read(path)["Resources"].values()}


def strip(stage: Path, unknown: Collection[str]) -> tuple[list[Stripped], list[str]]:
    """Strip all templates in place; return what was stripped, and the public parameters, under their new names."""
    reasons: dict[tuple[str, str], int] = {}
    parameters: set[str] = set()
    for path in _templates(stage):
        template = _read(path)
        for what, why in (*_resources_out(template, unknown), *_parameters_moved(template, parameters)):
            reasons[what, why] = reasons.get((what, why), 0) + 1
        path.write_text(json.dumps(template), encoding="utf-8")
    stripped = [Stripped(what, number, why) for (what, why), number in sorted(reasons.items())]
    return stripped, sorted(parameters)


def _templates(stage: Path) -> list[Path]:
    return sorted(stage.rglob("*.template.json"))


def _read(path: Path) -> Json:
    return dict(json.loads(path.read_text(encoding="utf-8")))


def _resources_out(template: Json, unknown: Collection[str]) -> Iterator[tuple[str, str]]:
    """Take out resources, and what refers to them; yield the type of each and why."""
    resources = template["Resources"]
    gone: dict[str, str] = {id: why for id, one in resources.items() if (why := _refused(one, resources, unknown))}
    while referring := {
        id: f"it refers to a {resources[named]['Type']}, which is not there"
        for id, one in resources.items()
        if id not in gone
        for named in _named_in(one.get("Properties", {}))
        if named in gone
    }:
        gone |= referring
    for id, why in gone.items():
        yield resources[id]["Type"], why
    template["Resources"] = {id: _independent(one, gone) for id, one in resources.items() if id not in gone}
    outputs = template.get("Outputs", {})
    for id in [id for id, one in outputs.items() if gone.keys() & set(_named_in(one))]:
        del outputs[id]
        yield "an output", "what it gives is not there"


def _refused(resource: Json, resources: Mapping[str, Json], unknown: Collection[str]) -> str:
    """Return why the emulator cannot take a resource; nothing where it can."""
    type, properties = resource["Type"], resource.get("Properties", {})
    if type in unknown:
        return "the emulator does not know this type"
    maker = next(_named_in(properties.get("ServiceToken")), "")
    if str(resources.get(maker, {}).get("Properties", {}).get("Runtime", "")).startswith("nodejs"):
        return "the function that makes it runs on Node.js, for which the emulator has no AWS SDK: it waits for ever"
    return next((REFUSED_PROPERTIES[type, name] for name in properties if (type, name) in REFUSED_PROPERTIES), "")


def _independent(resource: Json, gone: Collection[str]) -> Json:
    """Return a resource that waits for none of those that are gone."""
    waits = resource.get("DependsOn", [])
    left = [id for id in ([waits] if isinstance(waits, str) else waits) if id not in gone]
    return {name: value for name, value in resource.items() if name != "DependsOn"} | (
        {"DependsOn": left} if left else {}
    )


def _named_in(value: Any) -> Iterator[str]:
    """Yield the logical ids that a value refers to (AWS CloudFormation User Guide, Ref, Fn::GetAtt and Fn::Sub)."""
    if isinstance(value, list):
        for inner in value:
            yield from _named_in(inner)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name == "Ref":
                yield inner
            elif name == "Fn::GetAtt":
                yield inner[0] if isinstance(inner, list) else inner.partition(".")[0]
            elif name == "Fn::Sub":
                text, *values = inner if isinstance(inner, list) else [inner]
                yield from re.findall(r"\$\{(\w+)", text)
                yield from _named_in(values)
            else:
                yield from _named_in(inner)


def _parameters_moved(template: Json, moved: set[str]) -> Iterator[tuple[str, str]]:
    """Give AWS's public parameters names that may be made; yield each with the reason."""
    for parameter in template.get("Parameters", {}).values():
        name = str(parameter.get("Default", ""))
        if str(parameter["Type"]).startswith(PUBLIC_PARAMETER) and name.startswith(OF_AWS):
            parameter["Default"] = EMULATED + name.removeprefix(OF_AWS)
            moved.add(parameter["Default"])
            yield f"the parameter {name}", f"it is AWS's own: here it is {parameter['Default']}, made by this check"
