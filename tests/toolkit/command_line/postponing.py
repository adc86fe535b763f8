"""A small laptop AWS whose one function postpones every event that it is told of, as a consumer of the kit logs it."""

from __future__ import annotations

from pathlib import Path

from ensemble.laptop import Laptop, VirtualClock
from tests.toolkit.laptop.assemblies import function, resource, template, write_assembly

HANDLER = """
import json

def handler(event, context):
    for line in event["lines"]:
        print(line if isinstance(line, str) else json.dumps(line))
"""


def laptop_with(directory: Path, *names: str) -> Laptop:
    """Return a laptop with functions of these names; each prints the lines that it is invoked with."""
    role = resource("AWS::IAM::Role", RoleName="role", AssumeRolePolicyDocument={})
    functions = {f"Function{number}": function(name) for number, name in enumerate(names)}
    bundles = {name: {"functions/handler.py": HANDLER} for name in names}
    return Laptop(write_assembly(directory, {"stack": template(Role=role, **functions)}, bundles), VirtualClock())


def postponed(reason: str) -> dict[str, str]:
    """Return the log entry of an event that was postponed."""
    return {"level": "ERROR", "message": "EventPostponed", "service": "shelf", "reason": reason}
