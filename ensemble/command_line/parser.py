"""The command line: reads what was typed and calls the command. What a command needs is imported only then."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from ensemble.command_line import (
    console_commands,
    contract_commands,
    dlq_commands,
    operate_commands,
    project_commands,
    replay_commands,
    trace_commands,
)
from ensemble.command_line.errors import CheckFailed, CommandFailed, UsageRefused
from ensemble.command_line.options import DEFAULT_PORT, AsJson, Endpoint, Running, Stage, is_typed, place_of
from ensemble.command_line.sections import DEPLOY, PROJECT, PROVE, RUN, Sections
from ensemble.command_line.terminal import Environment, console, printable, printable_lines
from ensemble.contracts.findings import text_of


class Lane(StrEnum):
    """How much of what a Lambda runs is simulated; `naive` is the control."""

    CORE = "core"
    FULL = "full"
    NAIVE = "naive"


app = typer.Typer(
    cls=Sections,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

app.add_typer(contract_commands.commands)
app.add_typer(project_commands.commands)
app.add_typer(trace_commands.commands)
app.add_typer(console_commands.commands)
app.add_typer(dlq_commands.commands)
app.add_typer(replay_commands.commands)
app.add_typer(operate_commands.commands)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        from ensemble.version import version

        print(f"ensemble {version()}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Run, check and draw event-driven workflows.

    All of it works on the synthesized stacks, with no AWS account. `ensemble COMMAND --help` explains a command with
    examples.
    """


Port = Annotated[int, typer.Option(min=0, max=65535, help="The port on 127.0.0.1; 0 takes a free one.")]


@app.command(rich_help_panel=RUN)
def up(
    port: Port = DEFAULT_PORT,
    state: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep the state in this file from one start to the next.")
    ] = None,
    no_console: Annotated[bool, typer.Option("--no-console", help="Start no console for a browser beside it.")] = False,
    record: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Record it for `ensemble console --recording FILE`: 50 MB at most."),
    ] = None,
    environment: Environment = "dev",
) -> None:
    """Run the project on the laptop AWS until Ctrl-C, and show each event, in the terminal and in a browser.

    What you change in the project is taken over while it runs: code at once, schemas and declarations within seconds,
    and the state stays. An empty state is filled with the scenario's opening. Where code calls breakpoint(), the
    debugger asks in this terminal.

    \b
    Examples:
      ensemble up
      ensemble up --port 5000
      ensemble up --state .ensemble/state.json
      ensemble up --record today.jsonl
    """
    from ensemble.command_line.run.up import serve

    serve(console(), port, environment, state, with_console=not no_console, record=record)


@app.command(rich_help_panel=RUN)
def demo(
    environment: Environment = "dev",
    stage: Annotated[str | None, typer.Option(metavar="STAGE", help="A deployed stage to play them on.")] = None,
    endpoint: Endpoint = None,
    long: Annotated[bool, typer.Option("--long", help="On a stage, play stories of many minutes too.")] = False,
    even_protected: Annotated[
        bool, typer.Option("--even-protected", help="Play on a stage that is protected against deletion.")
    ] = False,
) -> None:
    """Play the scenario's stories on the laptop AWS, or on a deployed stage, and check how each one ends.

    The exit status is 0 only if each ended as it must, its measures balance and nothing was dead-lettered.
    Without a scenario an example of each command is played. With --stage it is the smoke test of what is deployed:
    through AWS's own APIs, with ids of its own, nothing measured.

    \b
    Examples:
      ensemble demo
      ensemble demo --stage dev
    """
    if stage is not None:
        from ensemble.command_line.stage.smoke import smoke_test

        if not smoke_test(console(), stage, endpoint, even_protected=even_protected, long_too=long):
            raise typer.Exit(1)
        return
    _refuse_without_stage({"--long": long, "--even-protected": even_protected, "--endpoint": endpoint})
    from ensemble.command_line.run.demo import play_stories

    if not play_stories(console(), environment):
        raise typer.Exit(1)


@app.command(rich_help_panel=RUN)
def send(
    type: Annotated[str, typer.Argument(metavar="TYPE", help="The event's type, such as that of a command.")],
    fields: Annotated[
        list[str] | None, typer.Argument(metavar="[FIELD=VALUE]...", help="Fields to set; values are texts or JSON.")
    ] = None,
    file: Annotated[
        str | None, typer.Option(metavar="FILE", help="JSON with all fields, instead of the example's; - is stdin.")
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="How many to send.")] = 1,
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port of the laptop AWS.")] = DEFAULT_PORT,
    endpoint: Annotated[str | None, typer.Option(metavar="URL", help="Its whole URL, instead of the port.")] = None,
    aws: Annotated[bool, typer.Option("--aws", help="Send to AWS, as your AWS environment says.")] = False,
    environment: Environment = "dev",
) -> None:
    """Put a command on the bus, checked against its schema first.

    Fields come from the scenario's example of TYPE, or from its schema.

    \b
    Examples:
      ensemble send TYPE
      ensemble send TYPE name=text number=3 'list[0].field=text' group.field=text
      ensemble send TYPE --file fields.json --count 50
    """
    from ensemble.command_line.run.send import send_commands

    send_commands(
        console(),
        type,
        fields or [],
        file=file,
        count=count,
        endpoint=None if aws else endpoint or f"http://127.0.0.1:{port}",
        environment=environment,
    )


@app.command(rich_help_panel=RUN)
def advance(
    duration: Annotated[str, typer.Argument(metavar="DURATION", help="Such as 90s, 15m, 2h, 1d or 1h30m.")],
    port: Running = DEFAULT_PORT,
) -> None:
    """Move the clock of a running `ensemble up`, and say what came due.

    Timers, delays, retries and schedules come due in order, each at its time.

    \b
    Examples:
      ensemble advance 15m
      ensemble advance 1d --port 5000
    """
    from ensemble.command_line.run.advance import advance as advance_clock

    advance_clock(console(), duration, f"http://127.0.0.1:{port}")


@app.command(rich_help_panel=RUN)
def invoke(
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="The service whose function is invoked.")],
    event: Annotated[
        str, typer.Option("--event", "-e", metavar="FILE", help="The event as JSON; - is stdin; or an event's type.")
    ],
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="The port of an `ensemble up` that must run.")
    ] = None,
    environment: Environment = "dev",
) -> None:
    """Hand one event to a service, and print what it decided.

    It runs once, in a record of its queue, on a running `ensemble up`, or else on a fresh laptop AWS. FILE is what
    EventBridge delivers, a function's input with one record, or an event's detail with its type. The exit status is 1
    when the function met a fault.

    \b
    Examples:
      ensemble invoke SERVICE --event TYPE
      ensemble invoke SERVICE --event event.json --port 4567
      ensemble invoke SERVICE --event - < event.json
    """
    from ensemble.command_line.run.invoke import invoke as invoke_service

    if not invoke_service(console(), service, event, port, DEFAULT_PORT, environment):
        raise typer.Exit(1)


@app.command(rich_help_panel=PROVE)
def simulate(
    context: typer.Context,
    seeds: Annotated[int, typer.Option(min=0, help="Schedules in the core lane.")] = 20_000,
    full: Annotated[int, typer.Option(min=0, help="Schedules in the full lane.")] = 500,
    first: Annotated[int, typer.Option(min=0, help="The first seed.")] = 0,
    seed: Annotated[int | None, typer.Option(min=0, help="Run this one seed, and print what happens.")] = None,
    lane: Annotated[Lane, typer.Option(help="The lane of --seed.")] = Lane.CORE,
    shrunk: Annotated[bool, typer.Option("--shrunk", help="Shrink --seed to what its violation takes.")] = False,
    whole: Annotated[bool, typer.Option("--all", help="Print each action of --seed as it is.")] = False,
    exhaustive: Annotated[
        bool, typer.Option("--exhaustive", help="Every crash, all pairs, every interleaving of small workloads.")
    ] = False,
    mutants: Annotated[
        str | None, typer.Option(metavar="TEXT", help='Take out each guard with TEXT in its name ("" is all).')
    ] = None,
    record: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Record --seed for `ensemble console --recording FILE`.")
    ] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes; one for each core unless given.")] = None,
    as_json: AsJson = False,
    environment: Environment = "dev",
) -> None:
    """Run the functions under random faults, and check what must hold.

    Every run ends in a verdict. The exit status is 0 only if no schedule violated an invariant. A violation is printed
    with its seed, shrunk to the disturbances that it takes. --seed leads with the verdict; then comes a block for each
    workflow, with faults marked by "!".

    \b
    Examples:
      ensemble simulate
      ensemble simulate --seeds 1000000 --full 0
      ensemble simulate --seed 4711
      ensemble simulate --seed 4711 --shrunk
      ensemble simulate --seed 4711 --record seed.jsonl
      ensemble simulate --exhaustive
      ensemble simulate --mutants tombstone
    """
    from ensemble.command_line.simulate.many import simulate_many, simulate_one
    from ensemble.command_line.simulate.modes import refuse_ignored

    refuse_ignored(name for name in context.params if is_typed(context, name))
    if exhaustive:
        from ensemble.command_line.simulate.exhaustive import exhaust

        fine = exhaust(console(), environment)
    elif mutants is not None:
        from ensemble.command_line.simulate.mutants import hunt_mutants

        fine = hunt_mutants(console(), environment, mutants)
    elif seed is not None:
        fine = simulate_one(console(), environment, seed, lane, is_shrunk=shrunk, whole=whole)
        if record is not None:
            from ensemble.command_line.simulate.recording import record_seed

            record_seed(console(), environment, seed, lane, record)
    else:
        fine = simulate_many(console(), environment, {"core": seeds, "full": full}, first, jobs, as_json=as_json)
    if not fine:
        raise typer.Exit(1)


@app.command(rich_help_panel=PROVE)
def limits(
    story: Annotated[
        str | None, typer.Option(metavar="NAME", help="The story that each workflow is like; the first unless given.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=1.0, help="Virtual seconds of each trial.")] = 10.0,
    rows: Annotated[int, typer.Option(min=1, help="Timers that are due in one minute.")] = 90_000,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes; one for each core unless given.")] = None,
    as_json: AsJson = False,
    environment: Environment = "prod",
) -> None:
    """Say at how many workflows a second each limit bites.

    The functions run in virtual time with many workers at once, against a DynamoDB in which requests take time,
    transactions that overlap on an item conflict, and an item has so many units a second. Rates rise until a service
    no longer keeps up. Other limits follow from AWS's quotas and from what one workflow takes. The same run has the
    same figures.

    \b
    Examples:
      ensemble limits
      ensemble limits --environment dev --seconds 5 --rows 1000
      ensemble limits --story NAME --json
    """
    from ensemble.command_line.limits.limits import limits as find_limits
    from ensemble.limits.limits import Effort

    find_limits(console(), environment, story, Effort(seconds=seconds, rows=rows), jobs, as_json=as_json)


@app.command(rich_help_panel=PROVE)
def permissions(
    seeds: Annotated[int, typer.Option(min=0, help="Schedules with faults that are simulated.")] = 300,
    as_json: AsJson = False,
    environment: Annotated[
        str | None, typer.Option(help="The stage of app.py that is meant; all unless given.")
    ] = None,
) -> None:
    """Say which permission of which role is used, how often, and which calls are refused.

    All stories are played on the laptop AWS, which lets each function do what its role says; what they published is
    replayed; and schedules with faults are simulated, so that calls are made too that only a fault leads to. The exit
    status is 0 if every permission is used and no call is refused.

    \b
    Examples:
      ensemble permissions
      ensemble permissions --environment prod
      ensemble permissions --json
    """
    from ensemble.command_line.permissions.permissions import show_permissions

    if not show_permissions(console(), environment, seeds, as_json=as_json):
        raise typer.Exit(1)


@app.command(rich_help_panel=DEPLOY)
def meter(
    story: Annotated[
        str | None, typer.Argument(metavar="[STORY]", help="The story to play; the first one unless given.")
    ] = None,
    beside: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Another project with these stories, to compare with.")
    ] = None,
    as_json: AsJson = False,
    environment: Environment = "dev",
) -> None:
    """Say what one workflow costs on AWS, and how long it takes.

    The story is played on the laptop AWS, and what functions ask of AWS is counted in AWS's own units. Prices are list
    prices; what a laptop cannot measure is assumed, and printed.

    \b
    Examples:
      ensemble meter
      ensemble meter STORY --environment prod
      ensemble meter --json
      ensemble meter --beside ../conducted --environment prod
    """
    if beside is not None:
        from ensemble.command_line.run.beside import meter_beside

        meter_beside(console(), environment, story, beside, as_json=as_json)
        return
    from ensemble.command_line.run.meter import meter as meter_story

    meter_story(console(), environment, story, as_json=as_json)


@app.command(rich_help_panel=DEPLOY)
def plan(
    stage: Annotated[str, typer.Option(metavar="STAGE", help="The stage that is to be deployed to.")],
    endpoint: Endpoint = None,
    as_json: AsJson = False,
) -> None:
    """Say what a deployment would change, and in which order it is safe.

    It reads what is deployed from CloudFormation, and changes nothing. Who will hear a new event is deployed before
    who publishes it. The exit status is 0 if there is such an order, or nothing to deploy, and 1 if there is none.

    \b
    Examples:
      ensemble plan --stage dev
      ensemble plan --stage dev --json
    """
    from ensemble.command_line.stage.plan import print_plan

    if not print_plan(console(), stage, endpoint, as_json=as_json):
        raise typer.Exit(1)


@app.command(rich_help_panel=DEPLOY)
def backfill(
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="The service whose rows are brought up to date.")],
    stage: Annotated[str, typer.Option(metavar="STAGE", help="The stage that it is deployed to.")],
    rate: Annotated[int, typer.Option(min=1, help="Rows looked at in a second, at most.")] = 100,
    endpoint: Endpoint = None,
) -> None:
    """Write every row of a service in the newest shape of its state, while all goes on.

    Each row is written once, and only if nobody changed it meanwhile; one that is up to date is not written. What is
    stopped goes on where it was. When all rows are done, the record of what is deployed has the newest version alone,
    and the steps of `upcast_state` before it may go. The exit status is 1 if a row was left.

    \b
    Examples:
      ensemble backfill SERVICE --stage dev
      ensemble backfill SERVICE --stage prod --rate 20
    """
    from ensemble.command_line.stage.backfill import backfill as backfill_service

    if not backfill_service(console(), service, stage, rate, endpoint):
        raise typer.Exit(1)


@app.command(rich_help_panel=DEPLOY)
def forget(
    context: typer.Context,
    subjects: Annotated[
        list[str] | None, typer.Argument(metavar="[SUBJECT]...", help="Whose values go, such as a customer's id.")
    ] = None,
    older_than: Annotated[
        str | None, typer.Option(metavar="DURATION", help="Instead: those of workflows without an event for so long.")
    ] = None,
    stage: Stage = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing, and say what would be erased.")] = False,
    even_under_way: Annotated[
        bool, typer.Option("--even-under-way", help="Also of workflows that have not ended.")
    ] = False,
    port: Running = DEFAULT_PORT,
    endpoint: Endpoint = None,
    as_json: AsJson = False,
    environment: Environment = "dev",
) -> None:
    """Erase what is sensitive of somebody, or of what is old, in every table.

    Subjects are the values of fields with x-subject. What is x-sensitive in stored events and Sensitive in states is
    replaced by "(forgotten)"; no item is removed. The report says what was not reached, and when that is gone. Without
    --stage it is done on a running `ensemble up`. The exit status is 1 if a subject is not known, or a workflow was
    left because it is under way.

    \b
    Examples:
      ensemble forget SUBJECT --stage dev --dry-run
      ensemble forget SUBJECT --stage dev
      ensemble forget --older-than 400d --stage prod
    """
    from ensemble.command_line.stage.forget import forget as forget_subjects

    fine = forget_subjects(
        console(),
        subjects or [],
        older_than,
        place_of(context),
        even_under_way=even_under_way,
        is_dry=dry_run,
        as_json=as_json,
    )
    if not fine:
        raise typer.Exit(1)


@app.command(
    add_help_option=False,
    rich_help_panel=PROJECT,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def upgrade(context: typer.Context) -> None:
    """Take over a newer toolkit, and keep your changes of its files."""
    from ensemble.upgrade.command import outcome

    raise typer.Exit(outcome(context.args))


def _refuse_without_stage(given: Mapping[str, object]) -> None:
    for name, value in given.items():
        if value:
            raise UsageRefused(f"{name} is for --stage: without it the stories are played on the laptop AWS")


def outcome(typed: list[str]) -> int:
    """Do what was typed and return the exit status. A known fault is one line on the standard error, or findings."""
    try:
        return int(app(args=typed or ["--help"], prog_name="ensemble", standalone_mode=False) or 0)
    except TyperException as error:
        complaint = error.format_message()
        stop = "" if complaint.endswith((".", "?", "!")) else "."
        return _failed(f"{complaint}{stop} See `ensemble --help`.", error.exit_code)
    except CheckFailed as error:
        print(printable_lines(text_of(error.findings)), file=sys.stderr)
        return error.exit_status
    except CommandFailed as error:
        return max(_failed(str(message), error.exit_status) for message in error.args)


def _failed(message: str, status: int) -> int:
    one_line = printable(" ".join(message.split()))
    if one_line:
        print(f"ensemble: {one_line}", file=sys.stderr)
    return status
