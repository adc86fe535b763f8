"""The commands that give stored events again, and those that try new code on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ensemble.command_line.options import AsJson, at_a_place, place_of
from ensemble.command_line.sections import DEPLOY, PROVE
from ensemble.command_line.terminal import console

if TYPE_CHECKING:
    from ensemble.command_line.replay.replayed_stage import Asked

commands = typer.Typer()
replay = typer.Typer(rich_markup_mode=None)
commands.add_typer(
    replay,
    name="replay",
    rich_help_panel=DEPLOY,
    help="Give stored events again to the services that opted in: plan it, run it, rebuild a service.",
)

From = Annotated[str | None, typer.Option("--from", metavar="T", help="The first instant: 2026-01-31T12:00:00Z.")]
To = Annotated[str, typer.Option("--to", metavar="T", help="The last instant.")]
Services = Annotated[
    list[str], typer.Option("--service", metavar="SERVICE", help="Only what it hears; may be repeated.")
]
Types = Annotated[list[str], typer.Option("--type", metavar="EVENT", help="Only these events; may be repeated.")]
Rate = Annotated[float, typer.Option(min=0.1, help="Events a second, at most.")]


@replay.command("plan")
@at_a_place
def plan_replay(
    context: typer.Context,
    to: To,
    since: From = None,
    service: Services = [],  # noqa: B006  # typer makes a list of its own
    type: Types = [],  # noqa: B006
    rate: Rate = 50.0,
    as_json: AsJson = False,
) -> None:
    """Say what a replay would be, and change nothing.

    How many events each service that opted in is given, how long it takes at the rate, and what it costs: what one
    event costs is measured by a story on the laptop AWS. The exit status is 1 if it must not run, since a service may
    have forgotten what it has handled.

    \b
    Examples:
      ensemble replay plan --from 2026-01-30 --to 2026-01-31
      ensemble replay plan --to 2026-01-31 --service SERVICE --stage prod
    """
    from ensemble.command_line.replay.replay import plan

    if not plan(console(), _asked(since, to, service, type, rate), place_of(context), as_json=as_json):
        raise typer.Exit(1)


@replay.command("run")
@at_a_place
def run_replay(
    context: typer.Context,
    to: To,
    since: From = None,
    service: Services = [],  # noqa: B006
    type: Types = [],  # noqa: B006
    rate: Rate = 50.0,
) -> None:
    """Give stored events again, at a rate.

    They are put on the replay bus, which only those who opted in hear. Each workflow comes in the order of its events.
    What a service has handled is a duplicate to it. Stop it as you like: the same command goes on where it was.

    \b
    Examples:
      ensemble replay run --from 2026-01-30 --to 2026-01-31
      ensemble replay run --to 2026-01-31 --service SERVICE --stage prod
    """
    from ensemble.command_line.replay.replay import run

    run(console(), _asked(since, to, service, type, rate), place_of(context))


@replay.command("rebuild")
@at_a_place
def rebuild_service(
    context: typer.Context,
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="The service whose table is emptied.")],
    rate: Rate = 50.0,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
) -> None:
    """Empty the table of a service, and count all that is stored anew.

    All reactions of the service must have opted in. What comes meanwhile waits in its queues and is counted once, so
    that its figures are in the end what they would be. Stop it as you like: the same command goes on where it was.

    \b
    Examples:
      ensemble replay rebuild SERVICE
      ensemble replay rebuild SERVICE --rate 200 --stage prod
    """
    place = place_of(context)
    if not yes:
        typer.confirm(f"All items in the table of {service} in {place.stage} are deleted. Go on?", abort=True)
    from ensemble.command_line.replay.rebuild import rebuild

    rebuild(console(), service, place, rate)


@commands.command(rich_help_panel=PROVE)
@at_a_place
def shadow(
    context: typer.Context,
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="The service whose code is tried.")],
    to: To,
    since: From = None,
    against: Annotated[
        str | None, typer.Option(metavar="REV", help="Compare with its code at this revision of git.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Try a service's code as it is here on stored events, and say which decisions differ.

    With --against both decide on the states that the older code comes to, and all of a decision is compared: state,
    timer, publications, counters, effects with every outcome. Without it the publications are compared with those of
    the time. Nothing is written and no effect performed. Differences of one kind are told once, with a witness. The
    exit status is 1 if there are some.

    \b
    Examples:
      ensemble shadow SERVICE --from 2026-01-30 --to 2026-01-31 --stage prod
      ensemble shadow SERVICE --from 2026-01-30 --to 2026-01-31 --against main
    """
    from ensemble.command_line.replay.stored import Window
    from ensemble.command_line.shadow.shadow import shadow as compare

    if not compare(console(), service, Window.of(since, to), against, place_of(context), is_json=as_json):
        raise typer.Exit(1)


def _asked(since: str | None, to: str, services: list[str], types: list[str], rate: float) -> Asked:
    from ensemble.command_line.replay.replayed_stage import Asked
    from ensemble.command_line.replay.stored import Window

    return Asked(Window.of(since, to), tuple(services), tuple(types), rate)
