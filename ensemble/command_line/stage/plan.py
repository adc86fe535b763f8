"""The command `ensemble plan`: what a deployment would change of a stage, and in which order it is safe.

It reads CloudFormation and changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console

from ensemble.aws.resource_types import FUNCTION
from ensemble.aws.service_resources import is_of_a_service
from ensemble.command_line.project import root_of_project
from ensemble.command_line.stage.account import Account
from ensemble.command_line.stage.assembly import assembly_of_stage, region_of
from ensemble.command_line.stage.changes import Change, changes, new_majors
from ensemble.command_line.stage.order import Order, in_order
from ensemble.command_line.stage.routing import read_routing
from ensemble.command_line.stage.stacks import Deployed, Stacks
from ensemble.command_line.stage.synthesized import Synthesized, stacks_in
from ensemble.command_line.synthesis import names_in
from ensemble.command_line.terminal import error_console

READY = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE")
"""The states of a stack that can be deployed to (AWS CloudFormation User Guide, "Stack status codes")."""

NEW_STAGE = "nothing of it is deployed yet, so no event is on its way: send nothing until all of it is there"


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of a stage's stacks, and the order; `unready`: stacks that cannot be deployed to as they are."""

    stage: str
    changes: tuple[Change, ...]
    order: Order
    is_new: bool
    unready: tuple[Deployed, ...] = ()

    @property
    def is_safe(self) -> bool:
        """Whether there is an order, and all stacks can be deployed to."""
        return not self.order.cycle and not self.unready

    def as_json(self) -> dict[str, Any]:
        """Return the document that docs/json.md describes."""
        return {
            "stage": self.stage,
            "safe": self.is_safe,
            "new": self.is_new,
            "stacks": [
                {"name": one.name, "path": one.path, "state": one.state, "kinds": list(one.kinds)}
                for one in self.changes
            ],
            "steps": [
                {"command": command, "stacks": [one.name for one in stacks]} for command, stacks in self.commands()
            ],
            "reasons": [asdict(one) for one in self.order.reasons],
            "cycle": [asdict(one) for one in self.order.cycle],
            "unready": [{"name": one.name, "status": one.status} for one in self.unready],
        }

    def commands(self) -> Iterator[tuple[str, tuple[Change, ...]]]:
        """Yield the commands in their order, each with the stacks that it changes."""
        if self.is_new and self.order.steps:
            yield f'cdk deploy -c stage={self.stage} "{self.stage}/*"', self.order.steps[0]
            return
        for step in self.order.steps:
            deployed = tuple(one for one in step if one.state != "removed")
            if deployed:
                yield f"cdk deploy -c stage={self.stage} {' '.join(one.path for one in deployed)}", deployed
            for one in step:
                if one.state == "removed":
                    yield f"aws cloudformation delete-stack --stack-name {one.name}", (one,)


def plan_of(stage: str, beginning: str, synthesized: Sequence[Synthesized], stacks: Stacks) -> Plan:
    """Compare what is deployed with what was synthesized. `beginning`: of the names of all stacks of the stage.

    Raises AwsFailed.
    """
    names = {one.name for one in synthesized}
    there = {one.name: one for one in stacks.beginning_with(f"{beginning}-", names)}
    before = {name: stacks.template(name) for name in there}
    before = {name: one for name, one in before.items() if name in names or _has_a_service(one)}
    after = {one.name: one.template for one in synthesized}
    found, was, will = tuple(changes(synthesized, before)), read_routing(before), read_routing(after)
    unready = tuple(there[name] for name in before if there[name].status not in READY)
    if not any(was.publishes.values()):
        together = tuple(one for one in found if one.is_to_do)
        return Plan(stage, found, Order((together,) if together else (), ()), is_new=True, unready=unready)
    needs = {one.name: one.needs for one in synthesized}
    order = in_order(found, needs, was, will, new_majors(before, after))
    return Plan(stage, found, order, is_new=False, unready=unready)


def _has_a_service(template: Mapping[str, Any]) -> bool:
    """Whether a stack that the app does not make any more is one of a service's, and nobody else's by a like name."""
    functions = (one for one in template.get("Resources", {}).values() if one["Type"] == FUNCTION)
    return any(is_of_a_service(str(one.get("Properties", {}).get("Handler", ""))) for one in functions)


def print_plan(console: Console, stage: str, endpoint: str | None, *, as_json: bool) -> bool:
    """Print the plan; return whether it is safe to deploy by. Raises CommandFailed."""
    root = root_of_project()
    assembly = assembly_of_stage(stage, error_console() if as_json else console, root)
    stacks = Stacks(Account(endpoint, region=region_of(assembly)).client("cloudformation"))
    plan = plan_of(stage, names_in(assembly).beginning, stacks_in(assembly), stacks)
    if as_json:
        print(json.dumps(plan.as_json(), indent=2))
    else:
        _show(console, plan)
    return plan.is_safe


def _show(console: Console, plan: Plan) -> None:
    for one in plan.changes:
        kinds = f"  {', '.join(one.kinds)}" if one.kinds else ""
        console.print(f"{one.state:9}  {one.name}{kinds}", style="dim" if not one.is_to_do else "", markup=False)
    console.print()
    for stack in plan.unready:
        console.print(f"✗ {stack.name} is in {stack.status}: wait until it has ended, or repair it", style="bold red")
    if plan.order.cycle:
        _show_cycle(console, plan.order)
        return
    if not any(one.is_to_do for one in plan.changes):
        console.print("Nothing is to deploy.", style="green")
        return
    if plan.is_new:
        console.print(f"In one step: {NEW_STAGE}.")
    for number, (command, stacks) in enumerate(plan.commands(), start=1):
        console.print(f"{number}. {command}", markup=False)
        for reason in plan.order.reasons:
            if reason.then in {one.name for one in stacks}:
                console.print(f"     after {reason.first}: {reason.why}", style="dim", markup=False)


def _show_cycle(console: Console, order: Order) -> None:
    console.print("✗ There is no safe order:", style="bold red")
    for reason in order.cycle:
        console.print(f"  {reason.first} before {reason.then}: {reason.why}", markup=False)
    console.print(
        "Fix: deploy it in two parts. First a version that hears what is new beside all that is heard now, and "
        "publishes as now; then this one."
    )
