"""The commands that say what became of a workflow: they read, and change nothing."""

from __future__ import annotations

from typing import Annotated

import typer

from ensemble.command_line.options import DEFAULT_PORT, AsJson, Endpoint, Running, Stage, place_of
from ensemble.command_line.sections import SEE
from ensemble.command_line.terminal import Environment, console
from ensemble.trace.conditions import Condition

commands = typer.Typer()


@commands.command(rich_help_panel=SEE)
def trace(
    context: typer.Context,
    asked: Annotated[
        str, typer.Argument(metavar="KEY|WORKFLOW", help="What finds a row, such as an order's id; or a workflow's id.")
    ],
    stage: Stage = None,
    port: Running = DEFAULT_PORT,
    endpoint: Endpoint = None,
    as_json: AsJson = False,
    environment: Environment = "dev",
) -> None:
    """Say what became of a workflow, where it is, and why it goes no further.

    First the reasons: the message that waits and its queue, what is down and when it is asked again, the dead letter
    with its reason, the timer, or the step that nothing has triggered. Then the events, each under what caused it,
    with who has handled it; then the rows. Without --stage a running `ensemble up` is asked. No message is received
    but dead letters, which are shown again. The exit status is 1 if nothing is known of it.

    \b
    Examples:
      ensemble trace KEY
      ensemble trace WORKFLOW --stage dev
      ensemble trace KEY --stage prod --json
    """
    from ensemble.command_line.trace.trace import trace as trace_workflow

    if not trace_workflow(console(), asked, place_of(context), as_json=as_json):
        raise typer.Exit(1)


@commands.command(rich_help_panel=SEE)
def row(
    context: typer.Context,
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="The service whose row it is.")],
    key: Annotated[str, typer.Argument(metavar="KEY", help="What finds it, such as an order's id.")],
    stage: Stage = None,
    port: Running = DEFAULT_PORT,
    endpoint: Endpoint = None,
    as_json: AsJson = False,
    environment: Environment = "dev",
) -> None:
    """Print one row of a service: its state, what it has to publish, and its timer.

    What is sensitive is not printed. The exit status is 1 if there is no such row.

    \b
    Examples:
      ensemble row SERVICE KEY
      ensemble row SERVICE KEY --stage dev --json
    """
    from ensemble.command_line.trace.row import show_row

    if not show_row(console(), service, key, place_of(context), as_json=as_json):
        raise typer.Exit(1)


@commands.command(rich_help_panel=SEE)
def workflows(
    context: typer.Context,
    state: Annotated[list[Condition] | None, typer.Option(help="Only those in this state; may be repeated.")] = None,
    past_deadline: Annotated[
        bool, typer.Option("--past-deadline", help="Only those that are to have ended, and have not.")
    ] = False,
    type: Annotated[str, typer.Option(metavar="EVENT", help="Only those that this event started or asked.")] = "",
    since: Annotated[str, typer.Option(metavar="AGE", help="How far to look back: 30m, 6h, 7d.")] = "1d",
    limit: Annotated[int, typer.Option(min=1, help="How many to list at most.")] = 50,
    stage: Stage = None,
    port: Running = DEFAULT_PORT,
    endpoint: Endpoint = None,
    as_json: AsJson = False,
    environment: Environment = "dev",
) -> None:
    """List workflows, the newest first: how each stands, and in few words why it goes no further.

    `ensemble trace` says all of one. Without --stage a running `ensemble up` is asked. The exit status is 0 also where
    there are none.

    \b
    Examples:
      ensemble workflows
      ensemble workflows --state failed --state stopped --since 7d --stage prod
      ensemble workflows --past-deadline --json
    """
    from ensemble.command_line.trace.workflows import Asked, list_workflows

    asked = Asked(frozenset(state or ()), type, past_deadline, since, limit)
    list_workflows(console(), asked, place_of(context), as_json=as_json)
