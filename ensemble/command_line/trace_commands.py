"""The commands that say what became of a workflow: they read, and change nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.options import AsJson, at_a_place, place_of
from ensemble.command_line.sections import SEE
from ensemble.command_line.terminal import console
from ensemble.trace.conditions import Condition

commands = typer.Typer()

Asked = Annotated[
    str, typer.Argument(metavar="KEY|WORKFLOW", help="What finds a row, such as an order's id; or a workflow's id.")
]


@commands.command(rich_help_panel=SEE)
@at_a_place
def trace(
    context: typer.Context,
    asked: Asked,
    as_test: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a test that plays it on the laptop AWS, and try it.")
    ] = None,
    expect: Annotated[
        list[str],
        typer.Option(
            metavar="TYPE|NAME.FIELD=VALUE",
            help="With --as-test: the event that should have ended it, or what a field of a service's row or of an "
            "event should be, in JSON. Once for each.",
        ),
    ] = [],  # noqa: B006  # typer makes a list of its own
    as_json: AsJson = False,
) -> None:
    """Say what became of a workflow, where it is, and why it goes no further.

    First the reasons: the message that waits and its queue, what is down and when it is asked again, the dead letter
    with its reason, the timer, or the step that nothing has triggered. Then the events, each under what caused it,
    with who has handled it; then the rows. Without --stage a running `ensemble up` is asked. No message is received
    but dead letters, which are shown again. The exit status is 1 if nothing is known of it.

    --as-test writes a test instead that plays its commands again, sensitive values replaced, and fails for as long as
    the workflow gets stuck, leaves a dead letter, or ends in another way than it is expected to.

    \b
    Examples:
      ensemble trace KEY
      ensemble trace WORKFLOW --stage dev
      ensemble trace KEY --stage prod --json
      ensemble trace KEY --stage prod --as-test tests/test_it.py
      ensemble trace KEY --as-test tests/test_it.py --expect SERVICE.FIELD=VALUE
    """
    if as_test is not None:
        if as_json:
            raise UsageRefused("--as-test writes a file, and --json prints: give one of them")
        from ensemble.command_line.trace.as_test import write_test

        write_test(console(), asked, place_of(context), as_test, expect, context.params["environment"])
        return
    if expect:
        raise UsageRefused("--expect is for --as-test: what is not expected is told without it")
    from ensemble.command_line.trace.trace import trace as trace_workflow

    if not trace_workflow(console(), asked, place_of(context), as_json=as_json):
        raise typer.Exit(1)


@commands.command(rich_help_panel=SEE)
@at_a_place
def row(
    context: typer.Context,
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="The service whose row it is.")],
    key: Annotated[str, typer.Argument(metavar="KEY", help="What finds it, such as an order's id.")],
    as_json: AsJson = False,
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
@at_a_place
def logs(
    context: typer.Context,
    asked: Asked,
    since: Annotated[
        str | None, typer.Option(metavar="DURATION", help="So far back, as 90s, 2h, 1d: not only while it ran.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print what the services have logged of a workflow, in the order of time.

    One line for each outcome: its time, the service, what became of the event, how long it waited in the queue and
    how long it took, what was published because of it, and the reason where it failed. The exit status is 1 if there
    is no line.

    \b
    Examples:
      ensemble logs KEY
      ensemble logs WORKFLOW --stage dev --since 2d
      ensemble logs KEY --stage prod --json
    """
    from ensemble.command_line.trace.logs import logs as print_logs

    if not print_logs(console(), asked, place_of(context), since, as_json=as_json):
        raise typer.Exit(1)


@commands.command(rich_help_panel=SEE)
@at_a_place
def workflows(
    context: typer.Context,
    state: Annotated[
        list[Condition] | None,
        typer.Option(metavar="STATE", help=f"Only those in this state; may be repeated: {', '.join(Condition)}."),
    ] = None,
    past_deadline: Annotated[
        bool, typer.Option("--past-deadline", help="Only those that are to have ended, and have not.")
    ] = False,
    type: Annotated[str, typer.Option(metavar="EVENT", help="Only those that this event started or asked.")] = "",
    since: Annotated[str, typer.Option(metavar="AGE", help="How far to look back: 30m, 6h, 7d.")] = "1d",
    limit: Annotated[int, typer.Option(min=1, help="How many to list at most.")] = 50,
    as_json: AsJson = False,
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
    from ensemble.command_line.trace.workflows import Wanted, list_workflows

    wanted = Wanted(frozenset(state or ()), type, past_deadline, since, limit)
    list_workflows(console(), wanted, place_of(context), as_json=as_json)
