"""Each single permission of a stage's roles, and how often a call used it: from policies to a table, pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ensemble.aws.policies import Statement, permits
from ensemble.laptop.roles import EVENT_TYPE, Call, Role


@dataclass(frozen=True, slots=True)
class Grant:
    """One action on one resource that a role is let do; `about`: the type of the event, where it puts some."""

    role: str
    action: str
    resource: str
    about: str = ""

    def covers(self, call: Call) -> bool:
        """Return whether the call is one that this lets through."""
        return (
            call.role == self.role
            and permits(
                [{"Effect": "Allow", "Action": self.action, "Resource": self.resource}], call.action, call.resource
            )
            and self.about in ("", call.about)
        )


@dataclass(frozen=True, slots=True)
class Used:
    """A permission, and how often it was used."""

    grant: Grant
    times: int


def used(roles: Iterable[Role], calls: Mapping[Call, int]) -> list[Used]:
    """Return all permissions of the roles with how often the calls used each."""
    return [
        Used(grant, sum(times for call, times in calls.items() if grant.covers(call)))
        for role in roles
        for grant in _grants(role)
    ]


def _grants(role: Role) -> Iterator[Grant]:
    """Yield what a role is let do, a permission for each action, resource and type of event."""
    found = (
        Grant(role.name, action, str(resource), about)
        for statement in role.statements
        if statement["Effect"] == "Allow"
        for action in _listed(statement["Action"])
        for resource in _listed(statement["Resource"])
        for about in _types(statement) or [""]
    )
    yield from dict.fromkeys(found)


def _types(statement: Statement) -> Sequence[str]:
    conditions: Mapping[str, Mapping[str, Any]] = statement.get("Condition", {})
    return [one for about in conditions.values() for one in _listed(about.get(EVENT_TYPE, []))]


def last_of(arn: str) -> str:
    """Return what an ARN names, without its service, region and account."""
    return re.sub(r"^arn:[^:]*:[^:]*:[^:]*:[^:]*:", "", arn)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
