"""The command `ensemble up`: serves the laptop AWS until Ctrl-C and shows each event as it happens."""

from __future__ import annotations

import json
import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from ensemble.command_line.errors import PortTaken
from ensemble.command_line.project import read_schemas, read_services, root_of_project, scenario_to_play
from ensemble.command_line.run.advance import advancing
from ensemble.command_line.run.control import Question, routes
from ensemble.command_line.run.invoking import invoked
from ensemble.command_line.run.needs import given_to
from ensemble.command_line.run.running import logs_of, running_laptop, running_sandboxes
from ensemble.command_line.run.sending import LOCAL_REGION
from ensemble.command_line.run.unheard import Hearing
from ensemble.command_line.run.watch import Watch
from ensemble.command_line.synthesis import assembly_of, names_in
from ensemble.laptop import Laptop, RealClock
from ensemble.laptop.errors import PortUnavailable
from ensemble.laptop.server import bound_socket
from ensemble.scenario import Command
from ensemble.scenario.generated import example, filled_in
from infrastructure.naming import Names

SECONDS_BETWEEN_LOOKS = 0.5
"""How often to look for dead letters, and for a Ctrl-C."""


def serve(console: Console, port: int, environment: str) -> None:
    """Run until interrupted. Raises CommandFailed."""
    try:
        bound_socket(port).close()  # to know before all is started, which takes seconds
        root = root_of_project()
        commands, services = first_commands(root), read_services(root)
        with (
            running_sandboxes(scenario_to_play(root)) as sandboxes,
            running_laptop(
                console,
                environment,
                RealClock(),
                given_to(services, sandboxes.settings, root, with_file=True),
                is_concurrent=True,
            ) as laptop,
            interruptions() as is_interrupted,
        ):
            names = names_in(assembly_of(environment, console, root))
            bus = names.bus
            watch = Watch(console, laptop, hearing_of(root, bus))
            laptop.on_event(watch.show)
            server = laptop.serve(port, routes(questions(laptop, names)))
            _introduce(console, laptop, server.url, bus, commands)
            watch.head()
            while not is_interrupted():
                laptop.run_for(SECONDS_BETWEEN_LOOKS)
                watch.look()
            console.print(f"\nStopped. {watch.summary()}")
    except PortUnavailable as error:
        raise PortTaken(f"{error}: choose another one with --port") from error


def questions(laptop: Laptop, names: Names) -> dict[str, Question]:
    """Return what other terminals may ask of a running laptop."""

    def invoking(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        return invoked(laptop, names, str(arguments.get("service")), arguments.get("event") or {})

    return {
        "now": lambda _: {"now": laptop.now()},
        "advance": lambda arguments: advancing(laptop, arguments),
        "invoke": invoking,
    }


def hearing_of(root: Path, bus: str) -> Hearing:
    """Return who hears what in the project. Raises CheckFailed."""
    services = read_services(root)
    return Hearing(services, read_schemas(root, services), bus)


@contextmanager
def interruptions() -> Iterator[Callable[[], bool]]:
    """Give a function that says whether SIGINT (Ctrl-C) or SIGTERM came, so that what is under way is finished first.

    The second one raises KeyboardInterrupt there, as what is under way may never end.
    """
    is_interrupted = False

    def interrupt(_signal: int, _frame: object) -> None:
        nonlocal is_interrupted
        if is_interrupted:
            raise KeyboardInterrupt
        is_interrupted = True

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: is_interrupted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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


def program(name: str) -> str:
    """Return how to call a program of this environment from the current directory, on the PATH or not."""
    return os.path.relpath(Path(sys.executable).parent / name)


def _introduce(console: Console, laptop: Laptop, endpoint: str, bus: str, commands: Sequence[Command]) -> None:
    port = endpoint.rpartition(":")[2]
    console.print(
        Text.assemble(
            (f"The laptop AWS runs at {endpoint}", "bold"), ("  Ctrl-C stops it; its state is then lost", "dim")
        )
    )
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
        console.print(Text(f"  {aws_command_line(commands[-1], endpoint, bus)}\n"))


def _not_run(laptop: Laptop) -> str:
    """Return the resource types that are not run, and how many properties of others are not."""
    kinds = [one for one in laptop.not_run if not one.is_one_resource]
    types = [f"{kind.what} ({kind.count})" for kind in kinds if "." not in kind.what]
    properties = len(kinds) - len(types)
    return f"{', '.join(types)}; and {properties} properties of what is run, such as roles and layers"
