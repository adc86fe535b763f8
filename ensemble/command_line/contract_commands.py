"""The commands about contracts and the workflow: nothing runs, everything is read, checked, compared or drawn."""

from __future__ import annotations

from typing import Annotated

import typer

from ensemble.command_line.terminal import Environment, console

commands = typer.Typer()

export = typer.Typer(help="Write the choreography in the formats of others.", rich_markup_mode=None)
commands.add_typer(export, name="export")


@commands.command()
def check(
    against: Annotated[
        str | None,
        typer.Option(metavar="REF", help="Compare published schemas with this commit too."),
    ] = None,
    environment: Environment = "dev",
) -> None:
    """Check that no change breaks a consumer, and that the workflow is whole, before it is deployed.

    \b
    Examples:
      ensemble check
      ensemble check --against origin/main
    """
    from ensemble.command_line.check.check import check as check_project

    check_project(console(), against, environment)


@commands.command()
def compare(
    old: Annotated[str, typer.Argument(metavar="OLD.json", help="The schema that is in use.")],
    new: Annotated[str, typer.Argument(metavar="NEW.json", help="The schema that is to follow it.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Tell whether two JSON schemas are compatible, backward and forward, and what is refused where they are not.

    Writers are taken to send nothing undeclared, readers to ignore it; `format` is an annotation. The exit status is 0
    only if both ways are shown to be compatible.

    \b
    Example:
      ensemble compare schemas/order/OrderPlaced/1.0.json schemas/order/OrderPlaced/1.1.json
    """
    from ensemble.command_line.check.compare import compare_files

    if not compare_files(console(), old, new, as_json=as_json):
        raise typer.Exit(1)


@commands.command()
def graph(
    around: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Only around this service or event.")] = None,
    format: Annotated[str, typer.Option(help="mermaid, dot or json.")] = "mermaid",
    readme: Annotated[bool, typer.Option("--readme", help="Draw it into README.md instead.")] = False,
    environment: Environment = "dev",
) -> None:
    """Draw the workflow, from the synthesized stacks: who publishes what to whom.

    \b
    Examples:
      ensemble graph
      ensemble graph payment
      ensemble graph OrderPlaced --format dot
    """
    from ensemble.command_line.check.graph import draw_into_readme, show

    if readme:
        draw_into_readme(console(), environment)
    else:
        show(console(), around, format, environment)


@commands.command()
def types() -> None:
    """Write the event views that mypy holds each reaction to: what it declares that it reads, and no more.

    \b
    Example:
      ensemble types
    """
    from ensemble.command_line.check.types import write_types

    write_types(console())


@commands.command()
def docs(
    output: Annotated[str, typer.Option(metavar="FILE", help="Where to write the page.")] = ".ensemble/catalogue.html",
    environment: Environment = "dev",
) -> None:
    """Write the catalogue: one page of all services, events, versions, readers, examples and the graph.

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
        str, typer.Option(metavar="DIR", help="The catalogue's folder; what an export left is replaced.")
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
