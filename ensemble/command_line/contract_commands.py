"""The commands about contracts and the workflow: nothing runs, everything is read, checked, compared or drawn."""

from __future__ import annotations

from typing import Annotated

import typer

from ensemble.command_line.sections import PROVE, SHOW, Sections
from ensemble.command_line.terminal import Environment, console

commands = typer.Typer()

export = typer.Typer(cls=Sections, help="Write the workflow in the formats of other tools.", rich_markup_mode=None)
commands.add_typer(export, name="export", rich_help_panel=SHOW)


@commands.command(rich_help_panel=PROVE)
def check(
    against: Annotated[
        str | None,
        typer.Option(metavar="REF", help="Compare published schemas with this commit too."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document (docs/json.md).")] = False,
    cdk_nag: Annotated[bool, typer.Option("--cdk-nag", help="Let cdk-nag look at the stacks too.")] = False,
    environment: Environment = "dev",
) -> None:
    """Check schemas, services and stacks before they go out.

    No change may break a consumer that is deployed or an event that is on its way, and the workflow must be whole.
    The exit status is 0 without a finding, 1 with one, and 2 when the check could not be made.

    \b
    Examples:
      ensemble check
      ensemble check --against origin/main
      ensemble check --cdk-nag
      ensemble check --json
    """
    from ensemble.command_line.check.check import check as check_project

    if not check_project(console(), against, environment, as_json=as_json, cdk_nag=cdk_nag):
        raise typer.Exit(1)


@commands.command(rich_help_panel=PROVE)
def compare(
    old: Annotated[str, typer.Argument(metavar="OLD.json", help="The schema that is in use.")],
    new: Annotated[str, typer.Argument(metavar="NEW.json", help="The schema that is to follow it.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say whether two JSON schemas are compatible, and what is refused.

    Backward: the new reader takes what the old writer sends. Forward: the other way round. Writers are taken to send
    nothing undeclared, readers to ignore it; `format` is an annotation. The exit status is 0 when both ways are shown
    to be compatible, 1 when one is not or is unknown, and 2 when a file is no schema.

    \b
    Example:
      ensemble compare old.json new.json
    """
    from ensemble.command_line.check.compare import compare_files

    if not compare_files(console(), old, new, as_json=as_json):
        raise typer.Exit(1)


@commands.command(rich_help_panel=SHOW)
def graph(
    around: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Only around this service or event.")] = None,
    format: Annotated[str, typer.Option(help="mermaid, dot or json.")] = "mermaid",
    readme: Annotated[bool, typer.Option("--readme", help="Draw it into README.md instead.")] = False,
    environment: Environment = "dev",
) -> None:
    """Draw the workflow: who publishes what to whom.

    \b
    Examples:
      ensemble graph
      ensemble graph NAME
      ensemble graph NAME --format dot
    """
    from ensemble.command_line.check.graph import draw_into_readme, show

    if readme:
        draw_into_readme(console(), environment)
    else:
        show(console(), around, format, environment)


@commands.command(rich_help_panel=SHOW)
def types() -> None:
    """Write the types that mypy holds the reactions to.

    Each reaction may read of its event what it declares, and no more.

    \b
    Example:
      ensemble types
    """
    from ensemble.command_line.check.types import write_types

    write_types(console())


@commands.command(rich_help_panel=SHOW)
def docs(
    output: Annotated[str, typer.Option(metavar="FILE", help="Where to write the page.")] = ".ensemble/catalogue.html",
    environment: Environment = "dev",
) -> None:
    """Write the catalogue: one page of all services and events.

    It has the graph, the live versions of each event, who reads which field, and examples.

    \b
    Example:
      ensemble docs --output catalogue.html
    """
    from ensemble.command_line.check.export import write_catalogue

    write_catalogue(console(), environment, output)


@export.command("asyncapi")
def export_asyncapi(
    output: Annotated[str | None, typer.Option(metavar="FILE", help="Where to write it [default: print it].")] = None,
    environment: Environment = "dev",
) -> None:
    """Write an AsyncAPI 3 document of all events, their versions, and who sends and receives them.

    \b
    Example:
      ensemble export asyncapi --output asyncapi.json
    """
    from ensemble.command_line.check.export import export_asyncapi as write

    write(console(), environment, output)


@export.command("eventcatalog")
def export_eventcatalog(
    output: Annotated[
        str, typer.Option(metavar="DIR", help="The catalogue's folder; what an export wrote there is replaced.")
    ],
    environment: Environment = "dev",
) -> None:
    """Write the folders of an EventCatalog: services, events and commands, with their schemas.

    \b
    Example:
      ensemble export eventcatalog --output catalog
    """
    from ensemble.command_line.check.export import export_eventcatalog as write

    write(console(), environment, output)
