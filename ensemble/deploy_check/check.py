"""The steps of a deploy-check, in their order: each prints what it found, and the first that fails ends it."""

from __future__ import annotations

import secrets
import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from ensemble.command_line.run.playing import play
from ensemble.command_line.run.report import closing_table
from ensemble.command_line.run.results import Results
from ensemble.command_line.stage.account import Account
from ensemble.command_line.stage.plan import Plan, plan_of
from ensemble.command_line.stage.smoke import Smoke
from ensemble.command_line.stage.stacks import Stacks
from ensemble.command_line.stage.synthesized import stacks_in
from ensemble.deploy_check.cdk import Cdk
from ensemble.deploy_check.dead_letters import Terminal, operate
from ensemble.deploy_check.diagnosing import diagnose
from ensemble.deploy_check.draining import drain
from ensemble.deploy_check.emulated import Topics, kept, left_over, message_of, rows_of
from ensemble.deploy_check.emulator import variables_of
from ensemble.deploy_check.errors import DeployCheckFailed
from ensemble.deploy_check.layer import powertools_layer
from ensemble.deploy_check.project import Project, Stage, synthesized
from ensemble.deploy_check.recorded import Recorded, events_of, texts_of, texts_of_rows
from ensemble.deploy_check.seeing import see
from ensemble.deploy_check.stripping import strip, types_in, unknown_types
from ensemble.laptop import Laptop
from ensemble.scenario import Scenario
from ensemble.scenario.apart import apart
from ensemble.scenario.sandboxes import started
from infrastructure.table import table_name

DEPLOY = ("--require-approval", "never", "--progress", "events", "--concurrency", "4")

MOST_DIFFERENCES = 12
"""How many are shown."""


PATIENCE_SECONDS, PAUSE_SECONDS = 120.0, 1.0
"""How long the emulator may be at work when its bus is quiet, and how often it is looked at."""


@dataclass(frozen=True, slots=True)
class Emulated:
    """A stage and the emulator that it is deployed to: `copy` is its assembly, stripped, and `cdk` deploys that."""

    project: Project
    stage: Stage
    account: Account
    copy: Path
    cdk: Cdk

    @property
    def smoke(self) -> Smoke:
        return Smoke(self.account, self.stage.names, self.project.services, self.project.doors)

    def plan(self) -> Plan:
        """Plan the deployment of the copy."""
        stacks = Stacks(self.account.client("cloudformation"))
        return plan_of(self.stage.name, self.stage.names.beginning, stacks_in(self.copy), stacks)


def deploy_check(project: Project, name: str, url: str, folder: Path, console: Console) -> None:
    """Deploy a stage to the emulator at this URL, play the stories, and remove it. Raises DeployCheckFailed."""
    with started(project.scenario) as sandboxes:
        stage = synthesized(project, name, sandboxes.settings, folder / name / "cdk.out")
        there = prepared(project, stage, url, folder / name, console)
        console.print("Deploying")
        there.cdk.run("bootstrap", f"aws://{stage.place.account_id}/{stage.place.region}")
        there.cdk.run("deploy", stage.all_stacks, *DEPLOY)

        console.print("Playing the stories, and the same on the laptop AWS")
        calm, races = certain(project.scenario)
        _compare_with_the_laptop(there, calm, console)
        if races.stories:
            play_on(there, races, secrets.token_hex(4), console)

        console.print("Seeing them as console and commands do")
        see(project, stage, there.account, console)

        console.print("Draining it, and taking commands again")
        drain(project, stage, there.account, secrets.token_hex(4), console)

        console.print("Making dead letters, and asking `ensemble dlq`")
        variables = variables_of(stage.place.account_id, stage.place.region, url)
        terminal = Terminal(project.root, name, url, variables, folder / name / "typed")
        operate(project, stage, there.account, terminal, console)

        console.print("Deploying what is deployed already, and one service alone")
        there.cdk.run("diff", stage.all_stacks, "--fail", "--method=template")
        _expect(there.plan(), to_do=())
        _deploy_one_alone(there)
        again = replace(calm, stories=calm.stories[:1])
        play_on(there, again, secrets.token_hex(4), console)

        console.print("Changing it by hand, and asking `ensemble doctor`")
        diagnose(stage.name, there.copy, there.account, url, console)

        console.print("Removing it")
        remove(there, console)


def prepared(project: Project, stage: Stage, url: str, folder: Path, console: Console) -> Emulated:
    """Strip a copy of the stage's assembly, make in the emulator what is there on AWS, and print what was stripped."""
    account = Account(url, region=stage.place.region, key=stage.place.account_id)
    whole = folder / "assembly"
    shutil.copytree(stage.assembly.parent, whole)
    copy = whole / stage.assembly.name
    stripped, parameters = strip(copy, unknown_types(account.client("cloudformation"), types_in(copy)))
    console.print(f"Left out of a copy of {stage.name}, since the emulator cannot take it:")
    for one in stripped:
        console.print(f"  {one.number:3} {one.what}: {one.why}", markup=False)
    layers, code = account.client("lambda"), {"ZipFile": powertools_layer()}
    layer = layers.publish_layer_version(LayerName="emulated", Content=code)["LayerVersionArn"]
    for name in parameters:
        account.client("ssm").put_parameter(Name=name, Value=layer, Type="String", Overwrite=True)
    for reference, value in stage.secrets.items():
        _keep(account, reference, value)
    variables = variables_of(stage.place.account_id, stage.place.region, url)
    return Emulated(project, stage, account, copy, Cdk(project.root, whole, variables, folder))


def play_on(there: Emulated, scenario: Scenario, run: str, console: Console) -> Results:
    """Play stories on the stage, and print how they ended. Raises DeployCheckFailed when one did not as it must."""
    results = there.smoke.play(scenario, there.project.keys, run)
    console.print(closing_table(results))
    if not results.as_expected:
        faults = [f"{one.story.name}: {fault}" for one in results.stories for fault in one.faults]
        dead = [f"{number} dead letters in {queue}" for queue, number in results.dead_letters.items()]
        raise DeployCheckFailed("the stories did not go as they must:\n" + "\n".join((*faults, *dead)))
    return results


def remove(there: Emulated, console: Console) -> None:
    """Destroy the stage. Raises DeployCheckFailed when more is left of it than its templates say is kept."""
    beginning = there.stage.names.beginning
    before, keeps = left_over(there.account, beginning), kept(there.account, stacks_in(there.copy))
    there.cdk.run("destroy", there.stage.all_stacks, "--force")
    remains = left_over(there.account, beginning)
    if too_much := [f"{name} ({operation})" for name, operation in remains if name not in keeps]:
        raise DeployCheckFailed("after cdk destroy there is still:\n" + "\n".join(too_much))
    stays = f"{len(remains)} are kept, as the templates say" if remains else "none is left"
    console.print(f"  of {len(before)} things named {beginning}-* {stays}")


def _keep(account: Account, reference: str, value: str) -> None:
    """Put a secret where its service looks for it."""
    store, _, name = reference.partition(":")
    if store == "ssm":
        account.client("ssm").put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)
    else:
        account.client("secretsmanager").create_secret(Name=name, SecretString=value)


def certain(scenario: Scenario) -> tuple[Scenario, Scenario]:
    """Return the stories whose course is certain, and those that are a race."""
    calm, races = (tuple(story for story in scenario.stories if story.is_race is is_race) for is_race in (False, True))
    return replace(scenario, stories=calm), replace(scenario, stories=races)


def _compare_with_the_laptop(there: Emulated, scenario: Scenario, console: Console) -> None:
    """Play the stories on both, with the same ids. Raises DeployCheckFailed when they leave anything else."""
    beginning, run = there.stage.names.beginning, secrets.token_hex(4)
    topics = Topics(there.account, beginning)
    results = play_on(there, scenario, run, console)
    laptop = _on_the_laptop(there, replace(apart(scenario, run, there.project.keys), sandboxes=scenario.sandboxes))
    # Whoever publishes nothing may be at work when the bus is quiet already.
    until, differences = time.monotonic() + PATIENCE_SECONDS, ["not compared yet"]
    while differences and time.monotonic() < until:
        emulator = Recorded(events_of(results), rows_of(there.account, beginning), topics.messages())
        differences = list(laptop.differences(emulator, "the laptop", "the emulator"))
        time.sleep(PAUSE_SECONDS if differences else 0.0)
    if differences:
        shown = "\n".join(differences[:MOST_DIFFERENCES])
        raise DeployCheckFailed(f"laptop and emulator differ in {len(differences)} things, such as:\n{shown}")
    events, rows, messages = (
        sum(one.total() for one in kind.values()) for kind in (emulator.events, emulator.rows, emulator.messages)
    )
    console.print(f"  the same on both: {events} events, {rows} rows, {messages} messages of topics")


def _on_the_laptop(there: Emulated, scenario: Scenario) -> Recorded:
    """Play the stories on the laptop AWS, with sandboxes of its own, and record the same."""
    names, services = there.stage.names, there.project.services
    with started(scenario) as sandboxes:
        settings = there.project.given({**there.project.scenario.settings, **sandboxes.settings})
        with Laptop(there.stage.assembly, settings=settings) as laptop:
            results = play(laptop, scenario, sandboxes=sandboxes)
            tables = [table_name(service, names) for service in services]
            return Recorded(
                events_of(results),
                {table: texts_of_rows(laptop.table_items(table)) for table in tables},
                {
                    name: texts_of([message_of(one.message, one.attributes) for one in topic.messages])
                    for name, topic in laptop.topics.items()
                },
            )


def _deploy_one_alone(there: Emulated) -> None:
    """Remove and deploy the last stack alone: no other one may be touched, and it needs no other service's."""
    one, names = there.stage.stacks[-1], [stack.name for stack in there.stage.stacks]
    stacks = Stacks(there.account.client("cloudformation"))
    there.cdk.run("destroy", one.path, "--exclusively", "--force")
    without = stacks.named(names)
    _expect(there.plan(), to_do=(one.path,))
    there.cdk.run("deploy", one.path, "--exclusively", *DEPLOY)
    touched = [name for name, stack in stacks.named(names).items() if name != one.name and stack != without.get(name)]
    if touched:
        raise DeployCheckFailed(f"{one.path} was deployed alone, and these have changed: {', '.join(touched)}")


def _expect(plan: Plan, to_do: tuple[str, ...]) -> None:
    """Raise DeployCheckFailed when the plan is about other stacks than these."""
    planned = tuple(one.path for step in plan.order.steps for one in step)
    if planned != to_do or not plan.is_safe:
        raise DeployCheckFailed(f"ensemble plan would deploy {planned or 'nothing'}, and {to_do or 'nothing'} is to do")
