"""Calls the front doors of a stage as each of their callers may, and notes by which permission."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ensemble.aws.policies import permits
from ensemble.laptop import Laptop
from ensemble.laptop.gateway.apis import Api
from ensemble.laptop.gateway.calls import Call as Asked
from ensemble.laptop.roles import Call, Role
from ensemble.scenario import Scenario

INVOKE = "execute-api:Invoke"


def called_by_the_door(laptop: Laptop, scenario: Scenario, callers: list[Role]) -> Iterator[Call]:
    """Send one command of each type by each API that takes it, and ask for the status of all that it may be of.

    Yield the permission of each caller that it took.
    """
    commands = {one.type: one for story in scenario.stories for one in (*scenario.opening, *story.commands)}
    fields: dict[str, Any] = {name: value for one in commands.values() for name, value in one.fields.items()}
    for api in laptop.gateway.apis.values():
        for verb, path in paths_of(api):
            body = commands[path.rpartition("/")[2]].fields if verb == "POST" else {}
            there = path.format_map(fields)
            for stage in api.stages:
                arn = f"{api.arn}/{stage}/{verb}{there}"
                for caller in (one for one in callers if permits(one.statements, INVOKE, arn)):
                    headers = _headers(laptop, caller, api.id, stage)
                    laptop.call(Asked(api.id, stage, verb, there, {}, headers, json.dumps(body, default=str).encode()))
                    yield Call(caller.name, INVOKE, arn)


def paths_of(api: Api) -> Iterator[tuple[str, str]]:
    """Yield the methods of an API that a signature opens: the verb, and the path with its parameters in braces."""
    for method in api.methods:
        if method.properties.get("AuthorizationType") == "AWS_IAM":
            yield method.verb, "/" + "/".join(api.parts(method.resource))


def _headers(laptop: Laptop, caller: Role, api: str, stage: str) -> dict[str, str]:
    """Return what a caller sends along: its signature, and a key of the API that is named like it, or any."""
    keys = sorted(laptop.gateway.keys_of(api, stage), key=lambda key: not caller.name.startswith(key))
    scope = f"{caller.name}/20260101/eu-west-1/execute-api/aws4_request"
    return {
        "authorization": f"AWS4-HMAC-SHA256 Credential={scope}",
        "content-type": "application/json",
        "idempotency-key": "permissions",
        "x-api-key": next(iter(keys), ""),
    }
