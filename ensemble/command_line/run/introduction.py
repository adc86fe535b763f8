"""What `ensemble up` says when it starts: where it runs, what it does not run, and how to send a command."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from ensemble.command_line.project import read_schemas, read_services, root_of_project, scenario_to_play
from ensemble.command_line.run.running import logs_of
from ensemble.command_line.run.sending import LOCAL_REGION
from ensemble.command_line.run.state_file import StateFile
from ensemble.laptop import Laptop
from ensemble.scenario import Command
from ensemble.scenario.generated import example, filled_in
from infrastructure.naming import Names


def first_commands(root: Path) -> tuple[Command, ...]:
    """Return an example for each command of the scenario's opening and first story that nothing else comes before.

    Raises CheckFailed.
    """
    scenario, services = scenario_to_play(root), read_services(root)
    schemas = read_schemas(root, services)
    story = [command for one in scenario.stories[:1] for command in one.commands if not command.after]
    first = {command.type: command.source for command in (*scenario.opening, *story)}
    return tuple(
        Command(type, source, filled_in(example(type, services, schemas, scenario), "1"))
        for type, source in first.items()
    )


def aws_command_line(command: Command, endpoint: str, bus: str) -> str:
    """Return a line for the shell that puts the command by the AWS CLI, with no AWS account."""
    entries = shlex.quote(json.dumps([command.entry(bus)]))
    credentials = f"AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any AWS_DEFAULT_REGION={LOCAL_REGION}"
    return f"{credentials} {program('aws')} events put-events --endpoint-url {endpoint} --entries {entries}"


def door_command_line(command: Command, address: str, beginning: str) -> str:
    """Return a line for the shell that sends the command by the front door, signed as its publisher.

    `beginning`: of the stage's names.
    """
    caller = f"{beginning}-{command.source}-caller"
    signed = f"--aws-sigv4 aws:amz:{LOCAL_REGION}:execute-api --user {caller}-{LOCAL_REGION}:any"
    headers = {"x-api-key": caller, "Idempotency-Key": "1", "Content-Type": "application/json"}
    said = " ".join(f"-H {shlex.quote(f'{name}: {value}')}" for name, value in headers.items())
    return f"curl {signed} {said} -d {shlex.quote(json.dumps(command.fields))} {address}commands/{command.type}"


def program(name: str) -> str:
    """Return how to call a program of this environment from the current directory, on the PATH or not."""
    return os.path.relpath(Path(sys.executable).parent / name)


def introduce(
    console: Console, laptop: Laptop, endpoint: str, names: Names, commands: Sequence[Command], file: StateFile | None
) -> None:
    port = endpoint.rpartition(":")[2]
    end = f"its state is kept in {file.path}" if file else "its state is then lost, unless --state FILE keeps it"
    console.print(Text.assemble((f"The laptop AWS runs at {endpoint}", "bold"), (f"  Ctrl-C stops it; {end}", "dim")))
    console.print(Text("What you change in the project is taken over while it runs", "dim"))
    console.print(Text.assemble(("Logs of the functions: ", "dim"), str(logs_of(root_of_project()))))
    console.print(Text.assemble(("Not run here: ", "dim"), _not_run(laptop)))
    for one in laptop.not_run:
        if one.is_one_resource:
            console.print(Text(f"  {one.what}: {one.why}"), style="dim")
    if commands:
        console.print("\nIn another terminal, send commands:")
        for command in commands:
            console.print(Text(f"  {program('ensemble')} send {command.type} --port {port}"))
        console.print("or with the AWS CLI:")
        console.print(Text(f"  {aws_command_line(commands[-1], endpoint, names.bus)}"))
        for path in laptop.api_stages:
            console.print(f"or by the front door, {endpoint}{path}:")
            console.print(Text(f"  {door_command_line(commands[-1], endpoint + path, names.beginning)}"))
        console.print()


def _not_run(laptop: Laptop) -> str:
    """Return the resource types that are not run, and how many properties of others are not."""
    kinds = [one for one in laptop.not_run if not one.is_one_resource]
    types = [f"{kind.what} ({kind.count})" for kind in kinds if "." not in kind.what]
    properties = len(kinds) - len(types)
    return f"{', '.join(types)}; and {properties} properties of what is run, such as roles and layers"
