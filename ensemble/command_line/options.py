"""Options that several commands have, and where they say that a command is done."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.terminal import Environment

if TYPE_CHECKING:
    from ensemble.command_line.stage.place import Place

DEFAULT_PORT = 4567

Endpoint = Annotated[
    str | None, typer.Option(metavar="URL", help="Where AWS's APIs are, if not in AWS: an emulator's URL.")
]
Running = Annotated[int, typer.Option(min=1, max=65535, help="The port of the running `ensemble up`.")]
Stage = Annotated[str | None, typer.Option(metavar="STAGE", help="A deployed stage, not the laptop AWS.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document (docs/json.md).")]


def _of_a_place(
    stage: Stage = None,
    port: Running = DEFAULT_PORT,
    endpoint: Endpoint = None,
    environment: Environment = "dev",
) -> None:
    """The options that say where a command is done."""


def at_a_place(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that `place_of` reads from its context, after its own."""
    own, added = (signature(one, eval_str=True) for one in (command, _of_a_place))

    @wraps(command)
    def called(**given: Any) -> None:
        command(**{name: given[name] for name in own.parameters})

    parameters = [*own.parameters.values(), *added.parameters.values()]
    called.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]  # what typer reads
    return called


def place_of(context: typer.Context) -> Place:
    """Return where a command is done that has the options stage, endpoint, port and environment: on a deployed stage if
    one is named, or else on a running `ensemble up`. Raises UsageRefused where some of them do not go together."""
    from ensemble.command_line.stage.place import Place

    stage, endpoint, port, environment = (context.params[name] for name in ("stage", "endpoint", "port", "environment"))
    if stage is None and endpoint is not None:
        raise UsageRefused("--endpoint is for --stage: a running `ensemble up` is found by its --port")
    for name in ("port", "environment"):
        if stage is not None and is_typed(context, name):
            raise UsageRefused(f"--{name} is for a running `ensemble up`, and --stage for what is deployed: give one")
    if stage is not None:
        return Place(stage, endpoint, is_laptop=False)
    return Place(environment, f"http://127.0.0.1:{port}", is_laptop=True)


def is_typed(context: typer.Context, name: str) -> bool:
    """Return whether an option was typed, and does not have its default."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
