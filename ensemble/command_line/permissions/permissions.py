"""The command `ensemble permissions`: a table of all permissions of a stage's roles, or the same as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from ensemble.command_line.permissions.granted import Used, last_of, used
from ensemble.command_line.permissions.running import Ran, run_everything
from ensemble.command_line.project import root_of_project
from ensemble.command_line.synthesis import assemblies
from ensemble.command_line.terminal import error_console
from ensemble.laptop.roles import Call


def show_permissions(console: Console, environment: str | None, seeds: int, *, as_json: bool) -> bool:
    """Run everything of a stage, or of each, and print its table; return whether all is used and nothing refused.

    Raises CommandFailed.
    """
    progress, documents, is_well = error_console() if as_json else console, [], True
    for name in [environment] if environment else assemblies(progress, root_of_project()):
        ran = run_everything(progress, name, seeds)
        found = used([role for role in ran.roles if not role.has_others], ran.calls)
        unused = [one for one in found if not one.times]
        is_well = is_well and not unused and not ran.refused
        documents.append(_document(name, found, ran))
        if not as_json:
            _print(console, name, found, unused, ran)
    if as_json:
        print(json.dumps({"stages": documents}, indent=2))
    return is_well


def _document(environment: str, found: Sequence[Used], ran: Ran) -> dict[str, object]:
    return {
        "environment": environment,
        "permissions": [
            {
                "role": one.grant.role,
                "action": one.grant.action,
                "resource": one.grant.resource,
                "event": one.grant.about or None,
                "used": one.times,
            }
            for one in found
        ],
        "refused": [
            {"role": call.role, "action": call.action, "resource": call.resource, "times": times}
            for call, times in ran.refused.items()
        ],
        "not_checked": _not_checked(ran),
    }


def _not_checked(ran: Ran) -> list[str]:
    return [role.name for role in ran.roles if role.has_others]


def _print(console: Console, environment: str, found: Sequence[Used], unused: Sequence[Used], ran: Ran) -> None:
    for role in dict.fromkeys(one.grant.role for one in found):
        table = Table(box=SIMPLE, title=role, title_justify="left", title_style="bold")
        for title in ("action", "resource", "used"):
            table.add_column(title, justify="right" if title == "used" else "left", overflow="fold")
        for one in found:
            if one.grant.role == role:
                resource = " ".join(filter(None, (last_of(one.grant.resource), one.grant.about)))
                table.add_row(one.grant.action, resource, f"{one.times:,}", style="" if one.times else "bold red")
        console.print(table)
    for call, times in ran.refused.items():
        console.print(f"✗ {call.role} was refused {call.action} on {call.resource} {times} times", style="bold red")
    for name in _not_checked(ran):
        console.print(f"{name} has policies that AWS keeps: what it may do is not checked", markup=False)
    console.print(
        f"{environment}: {len(found)} permissions of {len({one.grant.role for one in found})} roles, "
        f"{len(unused)} unused; {_number(ran.calls):,} calls, {_number(ran.refused)} refused.",
        markup=False,
        style="green" if not unused and not ran.refused else "bold red",
    )


def _number(calls: Mapping[Call, int]) -> int:
    return sum(calls.values())
