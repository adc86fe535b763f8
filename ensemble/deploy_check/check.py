"""The steps of a deploy-check, in their order: each prints what it found, and the first that fails ends it."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from ensemble.command_line.project import read_schemas, read_services, scenario_to_play
from ensemble.command_line.run.playing import play
from ensemble.command_line.run.report import closing_table
from ensemble.command_line.run.results import Results
from ensemble.command_line.stage.account import Account
from ensemble.command_line.stage.smoke import Smoke
from ensemble.command_line.stage.stacks import Stacks
from ensemble.command_line.stage.synthesized import Synthesized, stacks_in
from ensemble.command_line.synthesis import assembly_of, names_in
from ensemble.deploy_check.cdk import Cdk
from ensemble.deploy_check.emulated import Topics, left_over, message_of, rows_of
from ensemble.deploy_check.emulator import ACCOUNT, REGION, variables_of
from ensemble.deploy_check.errors import DeployCheckFailed
from ensemble.deploy_check.layer import powertools_layer
from ensemble.deploy_check.recorded import Recorded, events_of, texts_of
from ensemble.deploy_check.stripping import strip, types_in, unknown_types
from ensemble.laptop import Laptop
from ensemble.scenario import Scenario
from ensemble.scenario.apart import apart
from ensemble.scenario.generated import commands_from_outside
from functions.kit.model import Service
from infrastructure.naming import Names

DEPLOY = ("--require-approval", "never", "--progress", "events", "--concurrency", "4")


MOST_DIFFERENCES = 12
"""How many are shown."""


@dataclass(frozen=True, slots=True)
class Project:
    """What is deployed and played: the stage's assembly, its names and stacks, and what its stories need."""

    root: Path
    environment: str
    assembly: Path
    names: Names
    stacks: tuple[Synthesized, ...]
    services: tuple[Service, ...]
    keys: Mapping[str, Collection[str]]
    scenario: Scenario

    @classmethod
    def read(cls, root: Path, environment: str, console: Console) -> Project:
        """Read and synthesize the project. Raises CommandFailed."""
        services = tuple(read_services(root))
        assembly = assembly_of(environment, console, root)
        keys = commands_from_outside(services, read_schemas(root, services))
        scenario = scenario_to_play(root)
        scenario = replace(scenario, stories=tuple(story for story in scenario.stories if not story.is_long))
        stacks = stacks_in(assembly)
        return cls(root, environment, assembly, names_in(assembly), stacks, services, keys, scenario)


def deploy_check(project: Project, url: str, folder: Path, console: Console) -> None:
    """Deploy the project to the emulator at this URL, play its stories, and remove it again. Raises
    DeployCheckFailed."""
    account = Account(url, key=ACCOUNT)
    copy = folder / "assembly"
    shutil.copytree(project.assembly.parent, copy)
    _strip(copy / project.assembly.name, account, console)
    cdk = Cdk(project.root, copy, variables_of(ACCOUNT, url), folder)
    everything = f"{project.environment}/*"

    console.print("Deploying")
    cdk.run("bootstrap", f"aws://{ACCOUNT}/{REGION}")
    cdk.run("deploy", everything, *DEPLOY)

    console.print("Playing the stories, and the same on the laptop AWS")
    topics, smoke = Topics(account, project.names.beginning), Smoke(account, project.names, project.services)
    calm, races = _parted(project.scenario)
    run = secrets.token_hex(4)
    results = smoke.play(calm, project.keys, run)
    there = Recorded(events_of(results), rows_of(account, project.names.beginning), topics.messages())
    _print_results(results, console)
    _compare(_on_the_laptop(project, apart(calm, run, project.keys)), there, console)
    if races.stories:
        _print_results(smoke.play(races, project.keys, secrets.token_hex(4)), console)

    console.print("Deploying what is deployed already, and one service alone")
    cdk.run("diff", everything, "--fail")
    _deploy_one_alone(project, cdk, Stacks(account.client("cloudformation")))
    again = replace(calm, stories=calm.stories[:1])
    _print_results(smoke.play(again, project.keys, secrets.token_hex(4)), console)

    console.print("Removing it")
    cdk.run("destroy", everything, "--force")
    remains = left_over(account, project.names.beginning)
    if remains:
        raise DeployCheckFailed("after cdk destroy there is still:\n" + "\n".join(remains))


def _strip(stage: Path, account: Account, console: Console) -> None:
    """Strip the copied stage, make what stands in for AWS's own, and print what was stripped."""
    stripped, parameters = strip(stage, unknown_types(account.client("cloudformation"), types_in(stage)))
    console.print("Left out of a copy of the assembly, since the emulator cannot take it:")
    for one in stripped:
        console.print(f"  {one.number:3} {one.what}: {one.why}", markup=False)
    layer = account.client("lambda").publish_layer_version(
        LayerName="emulated", Content={"ZipFile": powertools_layer()}
    )
    for name in parameters:
        account.client("ssm").put_parameter(Name=name, Value=layer["LayerVersionArn"], Type="String")


def _parted(scenario: Scenario) -> tuple[Scenario, Scenario]:
    """Return the stories whose course is certain, and those that are a race."""
    calm = tuple(story for story in scenario.stories if not story.is_race)
    return replace(scenario, stories=calm), replace(
        scenario, stories=tuple(story for story in scenario.stories if story.is_race)
    )


def _on_the_laptop(project: Project, scenario: Scenario) -> Recorded:
    """Play the stories on the laptop AWS, and record the same."""
    with Laptop(project.assembly) as laptop:
        results = play(laptop, scenario)
        tables = [project.names.table(service.name) for service in project.services]
        return Recorded(
            events_of(results),
            {table: texts_of(laptop.table_items(table)) for table in tables},
            {
                name: texts_of([message_of(one.message, one.attributes) for one in topic.messages])
                for name, topic in laptop.topics.items()
            },
        )


def _compare(laptop: Recorded, there: Recorded, console: Console) -> None:
    differences = list(laptop.differences(there, "the laptop", "the emulator"))
    if differences:
        shown = "\n".join(differences[:MOST_DIFFERENCES])
        raise DeployCheckFailed(f"laptop and emulator differ in {len(differences)} things, such as:\n{shown}")
    counts = [
        sum(map(sum, (one.values() for one in kind.values()))) for kind in (there.events, there.rows, there.messages)
    ]
    console.print("  the same on both: {} events, {} rows, {} messages of topics".format(*counts))


def _deploy_one_alone(project: Project, cdk: Cdk, stacks: Stacks) -> None:
    """Remove and deploy the last stack alone: no other one may be touched, and it needs no other service's."""
    one, names = project.stacks[-1], [stack.name for stack in project.stacks]
    cdk.run("destroy", one.path, "--exclusively", "--force")
    without = stacks.named(names)
    if set(names) - set(without) != {one.name}:
        raise DeployCheckFailed(f"{one.path} was removed alone, and there is: {', '.join(sorted(without))}")
    cdk.run("deploy", one.path, "--exclusively", *DEPLOY)
    touched = [name for name, stack in stacks.named(names).items() if name != one.name and stack != without[name]]
    if touched:
        raise DeployCheckFailed(f"{one.path} was deployed alone, and these have changed: {', '.join(touched)}")


def _print_results(results: Results, console: Console) -> None:
    """Print how the stories ended. Raises DeployCheckFailed when one did not as it must."""
    console.print(closing_table(results))
    if not results.as_expected:
        faults = [f"{one.story.name}: {fault}" for one in results.stories for fault in one.faults]
        dead = [f"{number} dead letters in {queue}" for queue, number in results.dead_letters.items()]
        raise DeployCheckFailed("the stories did not go as they must:\n" + "\n".join((*faults, *dead)))
