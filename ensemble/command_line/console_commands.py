"""The command that shows what happens in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.options import DEFAULT_PORT, Endpoint, Running, Stage, is_typed, place_of
from ensemble.command_line.sections import SEE
from ensemble.command_line.terminal import Environment, console

commands = typer.Typer()

CONSOLE_PORT = 4568


@commands.command("console", rich_help_panel=SEE)
def show_console(
    context: typer.Context,
    stage: Stage = None,
    port: Running = DEFAULT_PORT,
    endpoint: Endpoint = None,
    at: Annotated[int, typer.Option(metavar="PORT", min=0, max=65535, help="The console's own port; 0: any.")] = (
        CONSOLE_PORT
    ),
    operate: Annotated[
        bool, typer.Option("--operate", help="Let the pages change the stage: redrive dead letters, send commands.")
    ] = False,
    recording: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Show what `--record FILE` of another command has written.")
    ] = None,
    environment: Environment = "dev",
) -> None:
    """Show in a browser what happens on a stage: the live graph, each workflow, dead letters, alarms.

    It prints its address, which has a token: who has it sees what you may see. It asks AWS's APIs with your own
    credentials and keeps nothing. Without --stage a running `ensemble up` is asked. The pages of a deployed stage
    change nothing of it, unless --operate is typed. With --recording nothing is asked of AWS: any instant of the file
    is shown.

    \b
    Examples:
      ensemble console
      ensemble console --stage prod
      ensemble console --stage dev --operate
      ensemble console --recording seed.jsonl
    """
    from ensemble.command_line.console.serving import serve_console, serve_recording

    if recording is None:
        serve_console(console(), place_of(context), at, may_operate=operate)
        return
    for name in ("stage", "port", "endpoint", "environment", "operate"):
        if is_typed(context, name):
            raise UsageRefused(f"--{name} means nothing with --recording: the file says what it is of")
    serve_recording(console(), recording, at)
