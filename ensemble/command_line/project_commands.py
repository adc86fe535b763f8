"""The commands about the project itself: how it is made, added to, and what of it is deployed."""

from __future__ import annotations

from typing import Annotated

import typer

from ensemble.command_line.sections import PROJECT, Sections
from ensemble.command_line.terminal import console

commands = typer.Typer()

add = typer.Typer(
    cls=Sections, help="Add a service or an event: code, schema and test, green as they are.", rich_markup_mode=None
)
commands.add_typer(add, name="add", rich_help_panel=PROJECT)


@commands.command(
    add_help_option=False,
    rich_help_panel=PROJECT,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def new(context: typer.Context) -> None:
    """Make a project of your own: one service, one command, one event, one story."""
    from ensemble.project.new_command import make

    raise typer.Exit(make(context.args))


@commands.command(rich_help_panel=PROJECT)
def deployed(
    stage: Annotated[str, typer.Argument(metavar="STAGE", help="The stage that was deployed.")],
) -> None:
    """Record that the schemas as they are now are deployed: `ensemble check` lets none of them change any more.

    \b
    Example:
      cdk deploy "prod/*" && ensemble deployed prod && git add deployed
    """
    from ensemble.command_line.check.deployed import record_deployment

    record_deployment(console(), stage)


@add.command("service")
def add_service(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Lower-case letters and digits, such as invoice.")],
) -> None:
    """Add a service that answers one command by one event.

    \b
    Example:
      ensemble add service invoice
    """
    from ensemble.command_line.check.adding import add_a_service

    add_a_service(console(), name)


@add.command("event")
def add_event(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The event's type, such as CloseTicket.")],
    service: Annotated[str | None, typer.Option(metavar="NAME", help="Who hears it [default: the only one].")] = None,
    sender: Annotated[
        str, typer.Option("--from", metavar="NAME", help="Who publishes it: nobody of the services.")
    ] = "website",
) -> None:
    """Add a command, or another event from outside, that a service hears: its schema, a reaction and a test.

    \b
    Examples:
      ensemble add event CloseTicket
      ensemble add event PaymentReceived --service invoice --from bank
    """
    from ensemble.command_line.check.adding import add_an_event

    add_an_event(console(), name, service, sender)
