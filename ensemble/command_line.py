"""The command line: reads what was typed and calls the command. What a command needs is imported only then."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer
from typer.exceptions import TyperException

from ensemble.errors import CommandFailed

if TYPE_CHECKING:
    from rich.console import Console

DEFAULT_PORT = 4567

app = typer.Typer(
    help="Run event-driven workflows on the laptop: the synthesized stacks, no AWS account.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

export = typer.Typer(help="Write the choreography in the formats of others.", rich_markup_mode=None)
app.add_typer(export, name="export")

Environment = Annotated[str, typer.Option(help="The environment of app.py whose stacks are meant.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="The port on 127.0.0.1; 0 takes a free one.")]


@app.command()
def up(port: Port = DEFAULT_PORT, environment: Environment = "dev") -> None:
    """Run the shop on the local AWS until Ctrl-C, and show each event as it happens.

    \b
    Examples:
      ensemble up
      ensemble up --port 5000
    """
    from ensemble.up import serve

    serve(_console(), port, environment)


@app.command()
def demo(environment: Environment = "dev") -> None:
    """Play six stories on the local AWS and check how each one ends.

    The exit status is 0 only if each order ended as it must and stock and money balance.

    \b
    Example:
      ensemble demo
    """
    from ensemble.demo import play_stories

    if not play_stories(_console(), environment):
        raise typer.Exit(1)


@app.command()
def check(
    against: Annotated[
        str | None,
        typer.Option(metavar="REF", help="Compare published schemas with this commit [default: merge base]."),
    ] = None,
    environment: Environment = "dev",
) -> None:
    """Check that no change breaks a consumer, and that the workflow is whole, before it is deployed.

    \b
    Examples:
      ensemble check
      ensemble check --against origin/main
    """
    from ensemble.check import check as check_project

    check_project(_console(), against, environment)


@app.command()
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
    from ensemble.compare import compare_files

    if not compare_files(_console(), old, new, as_json=as_json):
        raise typer.Exit(1)


@app.command()
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
    from ensemble.graph import draw_into_readme, show

    if readme:
        draw_into_readme(_console(), environment)
    else:
        show(_console(), around, format, environment)


@app.command()
def types() -> None:
    """Write the event views that mypy holds each reaction to: what it declares that it reads, and no more.

    \b
    Example:
      ensemble types
    """
    from ensemble.types import write_types

    write_types(_console())


@app.command()
def docs(
    output: Annotated[str, typer.Option(metavar="FILE", help="Where to write the page.")] = ".ensemble/catalogue.html",
    environment: Environment = "dev",
) -> None:
    """Write the catalogue: one page of all services, events, versions, readers, examples and the graph.

    \b
    Example:
      ensemble docs --output catalogue.html
    """
    from ensemble.export import write_catalogue

    write_catalogue(_console(), environment, output)


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
    from ensemble.export import export_asyncapi as write

    write(_console(), environment, output)


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
    from ensemble.export import export_eventcatalog as write

    write(_console(), environment, output)


@app.command()
def send(
    type: Annotated[str, typer.Argument(metavar="TYPE", help="The event's type, such as PlaceOrder.")],
    fields: Annotated[
        list[str] | None, typer.Argument(metavar="[FIELD=VALUE]...", help="Fields to set; values are texts or JSON.")
    ] = None,
    file: Annotated[
        str | None, typer.Option(metavar="FILE", help="JSON with all fields, instead of the example's; - is stdin.")
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="How many to send.")] = 1,
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port of the local AWS.")] = DEFAULT_PORT,
    endpoint: Annotated[str | None, typer.Option(metavar="URL", help="Its whole URL, instead of the port.")] = None,
    aws: Annotated[bool, typer.Option("--aws", help="Send to AWS, as your AWS environment says.")] = False,
    environment: Environment = "dev",
) -> None:
    """Put a command on the bus, checked against its schema first.

    PlaceOrder and ReceiveStock have all fields from an example; CancelOrder needs an order_id.

    \b
    Examples:
      ensemble send ReceiveStock sku=sku-1 quantity=100
      ensemble send PlaceOrder
      ensemble send PlaceOrder order_id=o-1 'items[0].quantity=3' address.country=XX
      ensemble send CancelOrder order_id=o-1
      ensemble send PlaceOrder --file order.json --count 50
    """
    from ensemble.send import send_commands

    send_commands(
        _console(),
        type,
        fields or [],
        file=file,
        count=count,
        endpoint=None if aws else endpoint or f"http://127.0.0.1:{port}",
        environment=environment,
    )


def outcome(typed: list[str]) -> int:
    """Do what was typed and return the exit status. A fault that can be told is one line on the standard error."""
    try:
        return int(app(args=typed or ["--help"], prog_name="ensemble", standalone_mode=False) or 0)
    except TyperException as error:
        complaint = error.format_message()
        stop = "" if complaint.endswith((".", "?", "!")) else "."
        return _told(f"{complaint}{stop} See `ensemble --help`.", error.exit_code)
    except CommandFailed as error:
        return max(_told(str(message), error.exit_status) for message in error.args)


def _told(message: str, status: int) -> int:
    one_line = " ".join(message.split())
    if one_line:
        print(f"ensemble: {one_line}", file=sys.stderr)
    return status


def _console() -> Console:
    from rich.console import Console

    # The stream itself, since the name sys.stdout is a function's own while the local AWS runs one.
    return Console(file=sys.stdout, highlight=False, soft_wrap=True)
