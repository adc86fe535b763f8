"""The commands that look after a stage: what of it is otherwise, missing or wrong."""

from __future__ import annotations

from typing import Annotated

import typer

from ensemble.command_line.options import AsJson, at_a_place, place_of
from ensemble.command_line.sections import DEPLOY
from ensemble.command_line.terminal import console

commands = typer.Typer()


@commands.command(rich_help_panel=DEPLOY)
@at_a_place
def doctor(context: typer.Context, as_json: AsJson = False) -> None:
    """Say what of a stage is otherwise than its templates say, and the command that mends each.

    Rules, queues, mappings, functions with their bundles, tables, alarms, buses, log groups and policies are read by
    AWS's own APIs, and compared with the assembly of this tree. Nothing is changed. Without --stage a running
    `ensemble up` is asked. The exit status is 1 if anything is otherwise.

    \b
    Examples:
      ensemble doctor
      ensemble doctor --stage prod
      ensemble doctor --stage prod --json
    """
    from ensemble.command_line.stage.doctor import doctor as look_at_all

    if not look_at_all(console(), place_of(context), as_json=as_json):
        raise typer.Exit(1)


@commands.command(rich_help_panel=DEPLOY)
@at_a_place
def reconcile(
    context: typer.Context,
    service: Annotated[
        str | None, typer.Argument(metavar="[SERVICE]", help="The service that is looked at; all of them.")
    ] = None,
    since: Annotated[str | None, typer.Option(metavar="DURATION", help="How far to look back: 90s, 2h, 7d.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Send it; without it nothing is sent.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say which events rows have said and the bus has not, and which ones passed a service by; send them once more.

    A row keeps what is not on the bus yet. Its cause's message comes again until all is out; where that is gone, the
    cause is sent to its service's queue once more, and the service publishes what is left. Tables are read as a whole.

    What a service hears, and its row has not handled, passed it by: its rule was off, or the target gone. It is sent to
    the service's queue once more, unless it would fail there. Workflows are read one by one, those of a day if --since
    does not say otherwise.

    Without --stage it is done on a running `ensemble up`. The exit status is 1 if anything is still missing.

    \b
    Examples:
      ensemble reconcile --stage prod
      ensemble reconcile SERVICE --stage prod --since 24h --yes
    """
    from ensemble.command_line.stage.reconcile import reconcile as find_holes

    if not find_holes(console(), service, place_of(context), since, send=yes, as_json=as_json):
        raise typer.Exit(1)


@commands.command(rich_help_panel=DEPLOY)
@at_a_place
def verify(
    context: typer.Context,
    since: Annotated[str, typer.Option(metavar="DURATION", help="How far to look back: 30m, 6h, 7d.")] = "24h",
    as_json: AsJson = False,
) -> None:
    """Judge the workflows of a stage by what the simulator judges a schedule by.

    Events of the store and rows are read, workflow by workflow, and nothing is written: that everyone has handled what
    he hears, that commands are answered, that events follow from what was handled, that workflows end once and in time,
    and what the application promises. What a stage does not tell is said. The exit status is 1 if something does not
    hold.

    \b
    Examples:
      ensemble verify
      ensemble verify --since 7d --stage prod
      ensemble verify --stage prod --json
    """
    from ensemble.command_line.verify.verify import verify as judge

    if not judge(console(), place_of(context), since, as_json=as_json):
        raise typer.Exit(1)


@commands.command(rich_help_panel=DEPLOY)
@at_a_place
def drain(
    context: typer.Context,
    again: Annotated[bool, typer.Option("--resume", help="Take commands again.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what is under way.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Hold back what begins workflows, and wait until none is under way.

    For a change that workflows under way would not bear: another table of a saga, or another style. Commands from
    outside wait in their queues, all else goes on. When no row, no queue and no dead letter holds a workflow, it is
    safe to deploy, and what is recorded as deployed lets the change pass. Without --stage it is done on a running
    `ensemble up`. The exit status is 1 if something is under way.

    \b
    Examples:
      ensemble drain --dry-run --stage prod
      ensemble drain --stage prod
      ensemble drain --resume --stage prod
    """
    from ensemble.command_line.stage.drain import drain as end_all
    from ensemble.command_line.stage.drain import resume

    place = place_of(context)
    if again:
        resume(console(), place)
    elif not end_all(console(), place, is_dry=dry_run, is_sure=yes, as_json=as_json):
        raise typer.Exit(1)
