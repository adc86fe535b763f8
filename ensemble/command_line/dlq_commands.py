"""The commands about dead letters."""

from __future__ import annotations

from typing import Annotated

import typer

from ensemble.command_line.options import AsJson, at_a_place, place_of
from ensemble.command_line.sections import OPERATE
from ensemble.command_line.terminal import console

commands = typer.Typer()
dlq = typer.Typer(no_args_is_help=True)
commands.add_typer(dlq, name="dlq", rich_help_panel=OPERATE)

Asked = Annotated[str, typer.Argument(metavar="GROUP|ID", help="A group that `list` shows, or the id of one letter.")]
Sure = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@dlq.callback()
def about() -> None:
    """List dead letters, show one, redrive them or drop them.

    Without --stage a running `ensemble up` is asked.
    """


@dlq.command("list")
@at_a_place
def list_groups(context: typer.Context, as_json: AsJson = False) -> None:
    """List dead letters in groups of queue, event, reason and code.

    Each with its number, the first and the last one, and whether the code that failed is still deployed.

    \b
    Examples:
      ensemble dlq list
      ensemble dlq list --stage prod --json
    """
    from ensemble.command_line.dead_letters.dlq import list_groups

    list_groups(console(), place_of(context), as_json=as_json)


@dlq.command()
@at_a_place
def show(context: typer.Context, asked: Asked, as_json: AsJson = False) -> None:
    """Show one dead letter whole, without what is sensitive.

    \b
    Examples:
      ensemble dlq show GROUP
      ensemble dlq show ID --stage prod --json
    """
    from ensemble.command_line.dead_letters.dlq import show

    show(console(), asked, place_of(context), as_json=as_json)


@dlq.command()
@at_a_place
def redrive(
    context: typer.Context,
    asked: Asked,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would become of them.")] = False,
    repair: Annotated[
        str | None, typer.Option(metavar="NAME", help="Have each event changed first by this repair of the service.")
    ] = None,
    most: Annotated[int | None, typer.Option(min=1, help="The oldest ones alone, so many.")] = None,
    rate: Annotated[float, typer.Option(min=0.01, help="So many in a second at most.")] = 10.0,
    yes: Sure = False,
    as_json: AsJson = False,
) -> None:
    """Send dead letters back to the one consumer that failed.

    First the code of this tree runs on the rows as they are now, and writes nothing: what would commit, is a duplicate,
    would wait or fail again is said, and only what would go through is sent: one, then ten, then more. The exit status
    is 1 if one failed again, or nothing would go through.

    \b
    Examples:
      ensemble dlq redrive GROUP --dry-run
      ensemble dlq redrive GROUP --stage prod
      ensemble dlq redrive GROUP --stage prod --repair NAME --rate 2
    """
    from ensemble.command_line.dead_letters.dlq import redrive

    place = place_of(context)
    if not redrive(
        console(), asked, place, most=most, rate=rate, repair=repair, is_dry=dry_run, is_sure=yes, as_json=as_json
    ):
        raise typer.Exit(1)


@dlq.command()
@at_a_place
def drop(
    context: typer.Context,
    asked: Asked,
    why: Annotated[str, typer.Option(metavar="REASON", help="Why nobody needs them: it is kept.")],
    yes: Sure = False,
    as_json: AsJson = False,
) -> None:
    """Delete dead letters for good.

    \b
    Examples:
      ensemble dlq drop GROUP --why "test orders of June"
      ensemble dlq drop ID --stage prod --why "sent twice" --yes
    """
    from ensemble.command_line.dead_letters.dlq import drop

    if not drop(console(), asked, place_of(context), why=why, is_sure=yes, as_json=as_json):
        raise typer.Exit(1)
