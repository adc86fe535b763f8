"""The stacks of a stage as they were synthesized."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]

STACK = "aws:cloudformation:stack"


@dataclass(frozen=True, slots=True)
class Synthesized:
    """A stack: `path` is what the CDK calls it, `<stage>/<stack>`, `name` what CloudFormation does.

    `needs`: the names of the stacks that must be there before it.
    """

    path: str
    name: str
    template: Json
    needs: tuple[str, ...] = ()


def stacks_in(assembly: Path) -> tuple[Synthesized, ...]:
    """Return the stacks of a stage's assembly, in its order (cloud assembly schema, "AwsCloudFormationStack")."""
    artifacts: Json = json.loads((assembly / "manifest.json").read_text(encoding="utf-8"))["artifacts"]
    stacks = {id: one for id, one in artifacts.items() if one["type"] == STACK}
    names = {id: one["properties"].get("stackName", id) for id, one in stacks.items()}
    return tuple(
        Synthesized(
            path=one.get("displayName", id),
            name=names[id],
            template=json.loads((assembly / one["properties"]["templateFile"]).read_text(encoding="utf-8")),
            needs=tuple(names[needed] for needed in one.get("dependencies", []) if needed in names),
        )
        for id, one in stacks.items()
    )
