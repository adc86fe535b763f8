"""What is deployed of API Gateway: APIs with their resources and methods, who may call them, and how fast."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ensemble.aws.policies import Statement
from ensemble.laptop.gateway.bodies import Validate
from ensemble.laptop.gateway.rates import Bucket

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Method:
    """A method of a resource: its properties as the template has them, and which operation of AWS it asks for."""

    resource: str
    verb: str
    properties: Json
    service: str
    operation: str


@dataclass(slots=True)
class Api:
    """A REST API. `resources`: of each, its parent and its part of the path. `refusals`: gateway responses by type."""

    id: str
    arn: str
    resources: dict[str, tuple[str, str]] = field(default_factory=dict)
    methods: list[Method] = field(default_factory=list)
    models: dict[str, Validate] = field(default_factory=dict)
    validators: dict[str, Json] = field(default_factory=dict)
    authorizers: dict[str, Json] = field(default_factory=dict)
    refusals: dict[str, Json] = field(default_factory=dict)
    stages: set[str] = field(default_factory=set)

    def found(self, verb: str, path: str) -> tuple[Method, str, dict[str, str]] | None:
        """Return the method that a request means, the path of its resource, and what the path says of its parameters.

        A part that is written out goes before a parameter.
        """
        wanted = path.strip("/").split("/")
        matches = [
            (method, parts, dict(_parameters(parts, wanted)))
            for method in self.methods
            if method.verb in (verb, "ANY") and _fits(parts := self.parts(method.resource), wanted)
        ]
        if not matches:
            return None
        method, parts, parameters = min(matches, key=lambda match: len(match[2]))
        return method, "/" + "/".join(parts), parameters

    def parts(self, resource: str) -> list[str]:
        """Return the parts of a resource's path; of a parameter its name in braces."""
        parts: list[str] = []
        while resource in self.resources:
            resource, part = self.resources[resource]
            parts.insert(0, part)
        return parts


@dataclass(frozen=True, slots=True)
class UsagePlan:
    """How fast the keys of a plan may ask the stages of APIs. `buckets`: what each key has left, by key."""

    stages: frozenset[tuple[str, str]]
    rate: float
    burst: float
    keys: set[str] = field(default_factory=set)
    buckets: dict[str, Bucket] = field(default_factory=dict)


@dataclass(slots=True)
class Gateway:
    """All of API Gateway in an account, and the policies that callers act by. `keys`: those that are on, by name."""

    apis: dict[str, Api] = field(default_factory=dict)
    plans: dict[str, UsagePlan] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    policies: dict[str, list[Statement]] = field(default_factory=dict)

    def keys_of(self, api: str, stage: str) -> list[str]:
        """Return the keys by which this stage of an API may be asked."""
        return [key for key in sorted(self.keys) if self.plan_of(key, api, stage) is not None]

    def plan_of(self, key: str, api: str, stage: str) -> UsagePlan | None:
        """Return the plan by which a key may ask this stage of an API; None where there is none."""
        plans = (plan for plan in self.plans.values() if key in plan.keys and (api, stage) in plan.stages)
        return next(plans, None) if key in self.keys else None


def _fits(parts: list[str], wanted: list[str]) -> bool:
    if len(parts) != len(wanted):
        return False
    return all(part == one or (_is_parameter(part) and one) for part, one in zip(parts, wanted, strict=True))


def _parameters(parts: list[str], wanted: list[str]) -> Iterator[tuple[str, str]]:
    return ((part[1:-1], one) for part, one in zip(parts, wanted, strict=True) if _is_parameter(part))


def _is_parameter(part: str) -> bool:
    return part.startswith("{")


def switched_on(properties: Mapping[str, Any], name: str) -> bool:
    """Whether a property that is a boolean, or a text of one, is true."""
    return str(properties.get(name, False)).lower() == "true"
