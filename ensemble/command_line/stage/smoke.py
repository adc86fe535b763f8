"""The command `ensemble demo --stage`: plays the stories on a deployed stage, as its smoke test.

It puts commands, and looks at what it put: the events of its own workflows, and rows under its own keys. It measures
nothing, as others use the stage meanwhile, and it removes what it made beside the workflows.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic as now

from rich.console import Console

from ensemble.command_line.errors import SendingFailed, UsageRefused
from ensemble.command_line.palette import Palette
from ensemble.command_line.progress import working
from ensemble.command_line.project import read_schemas, read_services, root_of_project, scenario_to_play
from ensemble.command_line.run.report import BAD, closing_table, timeline
from ensemble.command_line.run.results import Results
from ensemble.command_line.run.sending import send
from ensemble.command_line.stage.account import Account, aws_answers
from ensemble.command_line.stage.assembly import assembly_of_stage, region_of
from ensemble.command_line.stage.deadletters import dead_letters
from ensemble.command_line.stage.playing import Player
from ensemble.command_line.stage.stacks import Stacks
from ensemble.command_line.stage.synthesized import stacks_in
from ensemble.command_line.stage.watch import Watch
from ensemble.command_line.synthesis import names_in
from ensemble.contracts.doors import all_doors, commands_from_outside
from ensemble.scenario import Command, Scenario, Story
from ensemble.scenario.apart import apart, beginning
from functions.kit.model import Doors, Service
from infrastructure.naming import Names


@dataclass(frozen=True, slots=True)
class Smoke:
    """The stage that stories are played on: its account and names, the services whose rows may be looked for, and what
    comes to them from outside."""

    account: Account
    names: Names
    services: Sequence[Service]
    doors: Doors

    def play(self, scenario: Scenario, keys: Mapping[str, Collection[str]], run: str) -> Results:
        """Play the scenario's stories with ids of `run`'s own, one after the other. Raises CommandFailed."""
        own = apart(scenario, run, keys)
        before = dead_letters(self.account, self.names.beginning)
        with aws_answers(), self._watch(run) as watch:
            player = Player(own, run, watch, self._put, self._is_handled, now, self.doors)
            player.open(own.opening[0])
            for number in range(len(own.stories)):
                player.play(number)
            player.settle()
        after = dead_letters(self.account, self.names.beginning)
        more = {name: count - before.get(name, 0) for name, count in after.items() if count > before.get(name, 0)}
        return Results(player.results(), {}, {}, more)

    def _watch(self, run: str) -> Watch:
        return Watch(self.account, self.names.bus, name=f"{self.names.bus}-watch-{run}", beginning=beginning(run))

    def _put(self, command: Command) -> None:
        for sent in send(self.account.client("events"), [command], self.names.bus):
            if sent.refusal is not None:
                raise SendingFailed(f"{command.type} was refused: {sent.refusal}")

    def _is_handled(self, command: Command) -> bool:
        """Look for the row that each service makes of a command that it hears by name."""
        dynamodb = self.account.client("dynamodb")
        rows = [
            (self.names.table(service.name), f"{key}#{command.fields[key]}")
            for service in self.services
            for reaction in service.subscriptions
            if reaction.event == command.type and (key := service.key_of(reaction)) in command.fields
        ]
        return all(
            "Item" in dynamodb.get_item(TableName=table, Key={"pk": {"S": row}}, ConsistentRead=True)
            for table, row in rows
        )


def smoke_test(console: Console, stage: str, endpoint: str | None, *, even_protected: bool, long_too: bool) -> bool:
    """Play the stories on a stage and show them; return whether each ended as it must. Raises CommandFailed."""
    root = root_of_project()
    services = read_services(root)
    schemas, scenario = read_schemas(root, services), scenario_to_play(root)
    assembly = assembly_of_stage(stage, console, root)
    account = Account(endpoint, region=region_of(assembly))
    _refuse_what_is_not_to_be_played_on(Stacks(account.client("cloudformation")), assembly, stage, even_protected)
    left_out = () if long_too else tuple(story for story in scenario.stories if story.is_long)
    played = replace(scenario, stories=tuple(story for story in scenario.stories if story not in left_out))
    smoke, run = Smoke(account, names_in(assembly), services, all_doors(services, schemas)), secrets.token_hex(4)
    with working(console, f"Playing {len(played.stories)} stories on {stage}, as run {run}"):
        results = smoke.play(played, commands_from_outside(services, schemas), run)
    _show(console, results, played.stories, left_out, smoke.names)
    return results.as_expected


def _refuse_what_is_not_to_be_played_on(stacks: Stacks, assembly: Path, stage: str, even_protected: bool) -> None:
    """Raise UsageRefused where a stack is missing, or where the stage is protected and that is not allowed."""
    synthesized = stacks_in(assembly)
    deployed = stacks.named([one.name for one in synthesized])
    missing = [one.path for one in synthesized if one.name not in deployed]
    if missing:
        raise UsageRefused(
            f"{stage} is not deployed there as a whole, there is no {', no '.join(missing)}. "
            f'Fix: cdk deploy -c stage={stage} "{stage}/*", or correct region, credentials or --endpoint'
        )
    if any(one.is_protected for one in deployed.values()) and not even_protected:
        raise UsageRefused(
            f"{stage} is protected against deletion, so people depend on it, and the stories would act on its "
            "providers. Fix: play them on another stage, or add --even-protected when its settings fence the effects"
        )


def _show(console: Console, results: Results, played: Sequence[Story], left_out: Sequence[Story], names: Names) -> None:
    palette = Palette()
    for result in results.stories:
        console.print(timeline(result, palette))
        console.print()
    console.print(closing_table(results))
    console.print()
    races = ", ".join(story.name for story in played if story.is_race)
    if races:
        console.print(
            f"A race, which may end as any story does: {races}. On the laptop alone it is certain who is first."
        )
    for story in left_out:
        console.print(f"Left out: {story.name}, which may take {story.within / 60:g} minutes. --long plays it too.")
    for queue, number in results.dead_letters.items():
        console.print(f"✗ {number} more dead letters in {queue} than before", style=BAD)
    if results.as_expected:
        console.print("All stories ended as they must.", style="green")
    else:
        console.print(
            f"Not as it must be: the logs are in CloudWatch, /aws/lambda/{names.beginning}-*", style="bold red"
        )
