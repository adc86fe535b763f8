"""Templates that were changed after their synthesis: checks, simulator and laptop agree on each, and name what it does.

All three read the stacks by the same model (`ensemble.aws`); so what the checks let through is what runs.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ensemble.aws.errors import LocalError
from ensemble.choreography.checks import violations
from ensemble.choreography.graph import read_graph
from ensemble.command_line.run.look import LaptopLook
from ensemble.command_line.run.opening import put
from ensemble.command_line.run.playing import NO_SANDBOXES, play
from ensemble.command_line.simulate.simulating import runs_of
from ensemble.contracts.loading import load_schemas
from ensemble.laptop import Laptop, VirtualClock
from ensemble.scenario import Scenario
from ensemble.scenario.discovery import find_scenario
from ensemble.simulator.discovery import find_application
from infrastructure.services import discover
from scenarios.lending.scenario import loan
from tests.conftest import LENDING, NAMES
from tests.toolkit.laptop.clients import client

Resources = dict[str, dict[str, Any]]
Edit = Callable[[Resources], None]

SERVICES = discover(LENDING)
SCHEMAS = load_schemas(LENDING / "schemas")
SCENARIO = find_scenario(LENDING) or Scenario()
SEEDS = range(8)
TOLD = ("LoanGranted", "LoanRefused", "LoanCancellationRequested")


AS_IT_MUST = ["LoanGranted", "LoanCancellationRequested", "LoanGranted"]
"""What is told on the bad day: the second loan's deadline comes, and its copies are on their way all the same."""


@dataclass(frozen=True)
class Changed:
    """What is done to the resources of each stack, and a part of what each reader says of it."""

    edit: Edit
    said: str


def of(resources: Resources, type: str) -> Iterator[dict[str, Any]]:
    return (one["Properties"] for one in resources.values() if one["Type"] == f"AWS::{type}")


def disable_all_rules(resources: Resources) -> None:
    for rule in of(resources, "Events::Rule"):
        rule["State"] = "DISABLED"


def disable_one_rule(resources: Resources) -> None:
    for rule in of(resources, "Events::Rule"):
        if rule.get("Name", "").endswith("shelf-LoanRequested"):
            rule["State"] = "DISABLED"


def disable_mappings(resources: Resources) -> None:
    for mapping in of(resources, "Lambda::EventSourceMapping"):
        mapping["Enabled"] = False


def disable_one_mapping(resources: Resources) -> None:
    if any(function["FunctionName"].endswith("shelf") for function in of(resources, "Lambda::Function")):
        disable_mappings(resources)


def forget_queue_policies(resources: Resources) -> None:
    _forget(resources, "SQS::QueuePolicy")


def forget_permissions(resources: Resources) -> None:
    _forget(resources, "Lambda::Permission")


def _forget(resources: Resources, type: str) -> None:
    for name in [name for name, one in resources.items() if one["Type"] == f"AWS::{type}"]:
        del resources[name]


def hide_for_a_second(resources: Resources) -> None:
    for queue in of(resources, "SQS::Queue"):
        if "VisibilityTimeout" in queue:
            queue["VisibilityTimeout"] = 1


def forget_the_index(resources: Resources) -> None:
    for table in of(resources, "DynamoDB::Table"):
        table.pop("GlobalSecondaryIndexes", None)


def end_functions_early(resources: Resources) -> None:
    for function in of(resources, "Lambda::Function"):
        function["Timeout"] = 1


def forget_messages(resources: Resources) -> None:
    for queue in of(resources, "SQS::Queue"):
        queue["MessageRetentionPeriod"] = 300


def take_the_pollers_rights(resources: Resources) -> None:
    for role in of(resources, "IAM::Role"):
        for policy in role.get("Policies", []):
            statements = policy["PolicyDocument"]["Statement"]
            statements[:] = [one for one in statements if "sqs:ReceiveMessage" not in str(one["Action"])]


def transform_what_one_rule_sends(resources: Resources) -> None:
    for rule in of(resources, "Events::Rule"):
        if rule.get("Name", "").endswith("shelf-LoanRequested"):
            rule["Targets"][0]["InputTransformer"] = {"InputTemplate": "<aws.events.event.json>"}


CHANGES = {
    "all rules are disabled": Changed(disable_all_rules, "is DISABLED, and sends nothing"),
    "one rule is disabled": Changed(disable_one_rule, "shelf-LoanRequested is DISABLED, and sends nothing"),
    "all mappings are disabled": Changed(disable_mappings, "its event source mapping is not enabled"),
    "one mapping is disabled": Changed(disable_one_mapping, "its event source mapping is not enabled"),
    "no queue has a policy": Changed(forget_queue_policies, "does not let it send there"),
    "no function has a permission": Changed(forget_permissions, "lets it invoke that"),
    "messages are hidden for a second": Changed(hide_for_a_second, "are hidden for 1 s, shorter than the timeout of"),
    "a rule transforms what it sends": Changed(transform_what_one_rule_sends, "something else than the event: it has"),
    "no role may poll": Changed(take_the_pollers_rights, "sqs:ReceiveMessage"),
}
TIMED = {
    "no table has an index": Changed(forget_the_index, "has no index 'index'"),
    "functions are ended after a second": Changed(end_functions_early, "is ended after 1 s"),
    "queues forget after five minutes": Changed(forget_messages, "forgets a message after 300 s"),
}


@pytest.fixture
def changed(lending: Path, tmp_path: Path) -> Callable[[Edit], Path]:
    """Return a function that changes the templates of `dev` in a copy, and returns the copy."""

    def change(edit: Edit) -> Path:
        copy = tmp_path / "assembly-dev"
        shutil.copytree(lending / "cdk.out" / "assembly-dev", copy)
        for template in copy.glob("*.template.json"):
            content = json.loads(template.read_text())
            edit(content["Resources"])
            template.write_text(json.dumps(content))
        shutil.rmtree(tmp_path / "cdk.out", ignore_errors=True)
        for asset in (lending / "cdk.out").glob("asset.*"):
            (tmp_path / asset.name).symlink_to(asset)
        return copy

    return change


def checked(assembly: Path) -> str:
    """Return what the checks find."""
    return "\n".join(map(str, violations(read_graph(assembly, SERVICES, SCHEMAS))))


def simulated(assembly: Path) -> str:
    """Return what the simulator finds in the first of a few schedules in which it finds something."""
    application = find_application(LENDING, {one.name: one for one in SERVICES}, SCHEMAS)
    run = runs_of(application, assembly, "core")
    found = (run(seed).violations for seed in SEEDS)
    return "\n".join(next(filter(None, found), []))


def ran(assembly: Path) -> str:
    """Return what the laptop says when it plays the stories: why it does not start, or what is not as it must be."""
    try:
        with Laptop(assembly, VirtualClock(), settings=SCENARIO.settings) as laptop:
            results = play(laptop, SCENARIO)
            laptop.run_for(120)
            listed = [f"{one.what}: {one.why}" for one in laptop.not_run if one.is_one_resource]
            wrong = [] if results.as_expected else ["a story ends otherwise"]
            lost = [loss.why for loss in laptop.losses]
            return "\n".join([*listed, *wrong, *lost])
    except LocalError as error:
        return str(error)


def bad_day(assembly: Path) -> list[str]:
    """Return what becomes of two loans on the laptop, and what failed.

    One is asked for while the carrier takes two seconds for a parcel, the other one while the courier is off for longer
    than a loan waits.
    """
    found = list[str]()
    with Laptop(assembly, VirtualClock(), settings=SCENARIO.settings) as laptop:
        laptop.on_event(lambda _, event: found.append(event["detail-type"]) if event["detail-type"] in TOLD else None)
        carrier = LaptopLook(laptop, NO_SANDBOXES).handler("courier").carrier
        send = carrier.send

        def slowly(parcel: Any) -> Any:
            laptop.engine.clock.move_to(laptop.now() + 2.0)
            return send(parcel)

        for command in (*SCENARIO.opening, loan("loan-slow", 1)):
            put(laptop, command, NAMES.bus)
        carrier.send = slowly
        laptop.run_for(300)
        with switched_off(laptop, "courier"):
            put(laptop, loan("loan-late", 1), NAMES.bus)
            laptop.run_for(1_200)
        laptop.run_for(600)
        return [*found, *(one.description for one in laptop.failures)]


@contextmanager
def switched_off(laptop: Laptop, service: str) -> Iterator[None]:
    """Let a service's consumer take no message."""
    functions = client(laptop.serve(), "lambda")
    listed = functions.list_event_source_mappings(FunctionName=NAMES.consumer(service))["EventSourceMappings"]
    for mapping in listed:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    yield
    for mapping in listed:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)


def test_nobody_finds_anything_in_the_templates_as_they_were_synthesized(changed: Callable[[Edit], Path]) -> None:
    assembly = changed(lambda _: None)

    assert (checked(assembly), simulated(assembly), ran(assembly)) == ("", "", "")
    assert bad_day(assembly) == AS_IT_MUST


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_not_carried_is_named_by_checks_simulator_and_laptop(
    name: str, changed: Callable[[Edit], Path]
) -> None:
    one = CHANGES[name]
    assembly = changed(one.edit)

    for said in (checked(assembly), simulated(assembly), ran(assembly)):
        assert one.said in said


@pytest.mark.parametrize("name", TIMED)
def test_what_harms_on_a_bad_day_alone_is_named_by_the_checks_and_found_by_simulator_and_laptop(
    name: str, changed: Callable[[Edit], Path]
) -> None:
    one = TIMED[name]
    assembly = changed(one.edit)

    assert one.said in checked(assembly)
    assert simulated(assembly)
    assert bad_day(assembly) != AS_IT_MUST
