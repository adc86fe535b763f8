"""A small laptop AWS whose functions print what they are invoked with, as a consumer of the kit logs what failed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ensemble.laptop import Laptop, VirtualClock
from tests.toolkit.laptop.assemblies import function, resource, template, write_assembly

HANDLER = """
import json
from functions.shelf.domain import decide

def handler(event, context):
    for line in event.get("lines", []):
        printed(line)
    for line in event.get("raised", []):
        try:
            decide(line)
        except Exception as error:
            code = {"code": [f"{error.__traceback__.tb_lineno} handler"]}
            printed(line | ({} if line["level"] == "WARNING" else code))
    if "Records" in event:
        decide({"number": 0})

def printed(line):
    print(line if isinstance(line, str) else json.dumps(line))
"""

DOMAIN = """
def decide(line):
    return shared(line["number"])

def shared(number):
    try:
        return 1 // number
    except ZeroDivisionError as error:
        raise ValueError(f"{number} copies of {'a long title ' * 99}") from error
"""


def laptop_with(directory: Path, *names: str, has_project: bool = False) -> Laptop:
    """Return a laptop with functions of these names.

    Each prints the `lines` that it is invoked with; those in `raised` while it handles an exception of a domain, those
    of level ERROR with their place in `code`, as a consumer. With `Records` it fails as a whole. `has_project`: a
    project in `<directory>/project` has the same files.
    """
    role = resource("AWS::IAM::Role", RoleName="role", AssumeRolePolicyDocument={})
    functions = {f"Function{number}": function(name) for number, name in enumerate(names)}
    bundles = {name: {"functions/handler.py": HANDLER, "functions/shelf/domain.py": DOMAIN} for name in names}
    for path, source in next(iter(bundles.values())).items() if has_project else ():
        (directory / "project" / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / "project" / path).write_text(source)
    assembly = write_assembly(directory, {"stack": template(Role=role, **functions)}, bundles)
    return Laptop(assembly, VirtualClock(), project=directory / "project")


def postponed(reason: str, **entry: Any) -> dict[str, Any]:
    """Return the log entry of an event that was postponed."""
    return {"level": "ERROR", "message": "EventPostponed", "service": "shelf", "reason": reason, **entry}


def ids(number: int) -> dict[str, Any]:
    """Return what stands in a log entry of the event that it is about."""
    return {
        "type": "LoanRequested",
        "event_id": f"e-{number}",
        "correlation_id": f"w-{number}",
        "attempt": number,
        "number": 0,
    }
