"""The command `ensemble up`: serves the laptop AWS until Ctrl-C and shows each event as it happens."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from ensemble.aws.errors import PortUnavailable
from ensemble.command_line.errors import PortTaken
from ensemble.command_line.project import forget_modules, read_schemas, read_services, root_of_project, scenario_to_play
from ensemble.command_line.run.advance import advancing
from ensemble.command_line.run.console_beside import console_beside
from ensemble.command_line.run.control import Question, routes
from ensemble.command_line.run.injecting import Injected
from ensemble.command_line.run.introduction import first_commands, introduce
from ensemble.command_line.run.invoking import invoked
from ensemble.command_line.run.needs import Values, given_to
from ensemble.command_line.run.opening import put_opening
from ensemble.command_line.run.recording import UpRecording
from ensemble.command_line.run.reload import Reload
from ensemble.command_line.run.running import running_laptop, running_sandboxes
from ensemble.command_line.run.state_file import StateFile
from ensemble.command_line.run.unheard import Hearing
from ensemble.command_line.run.watch import Watch
from ensemble.command_line.synthesis import assembly_of, names_in
from ensemble.laptop import Laptop, RealClock
from ensemble.laptop.server import bound_socket
from ensemble.scenario import Scenario
from infrastructure.naming import Names

SECONDS_BETWEEN_LOOKS = 0.5
"""How often to look for dead letters, and for a Ctrl-C."""


def serve(
    console: Console,
    port: int,
    environment: str,
    state: Path | None = None,
    *,
    with_console: bool = True,
    record: Path | None = None,
) -> None:
    """Run until interrupted; `state` is the file that keeps what the laptop holds, `record` the one that it is recorded
    in. Raises CommandFailed."""
    try:
        bound_socket(port).close()  # to know before all is started, which takes seconds
        root = root_of_project()
        file = None if state is None else StateFile(state, environment)
        scenario, commands = scenario_to_play(root), first_commands(root)
        with running_sandboxes(scenario) as sandboxes:

            def read() -> Values:
                forget_modules()
                services = read_services(root)
                read_schemas(root, services)
                return given_to(services, sandboxes.settings, root, with_file=True)

            clock = RealClock(0.0 if file is None else file.seconds_ahead)
            with (
                running_laptop(console, environment, clock, read(), is_concurrent=True, is_traced=True) as laptop,
                interruptions() as is_interrupted,
            ):
                names = names_in(assembly_of(environment, console, root))
                bus = names.bus
                injected = Injected(laptop, names, sandboxes)
                server = laptop.serve(port, routes(questions(laptop, names) | injected.questions()))
                beside = console_beside(console, root, environment, server.url) if with_console else None
                recording = None if record is None else UpRecording(environment, server.url, record)
                introduce(console, laptop, server.url, names, commands, file)
                watch = Watch(console, laptop, hearing_of(root, bus))

                def hear_anew() -> None:
                    watch.hearing = hearing_of(root, bus)
                    if beside is not None:
                        beside.start()
                    if recording is not None:
                        recording.look_anew()

                synthesize = partial(assembly_of, environment, Console(quiet=True), root)
                reload = Reload(console, laptop, root, synthesize, read, hear_anew)
                if recording is not None:
                    recording.start()
                _begin(console, laptop, watch, scenario, bus, file)
                try:
                    _run(laptop, watch, reload, file, is_interrupted)
                except KeyboardInterrupt:  # a second Ctrl-C, or the end of a debugger's prompt
                    pass
                finally:
                    recorded = "" if recording is None else recording.close()
                    if beside is not None:
                        beside.close()
                    reload.close()
                    if file is not None:
                        file.save(laptop)
                kept = "" if file is None else f" The state is kept in {file.path}."
                console.print(f"\nStopped. {watch.summary()}{kept}{recorded}")
    except PortUnavailable as error:
        raise PortTaken(f"{error}: choose another one with --port") from error


def _begin(
    console: Console, laptop: Laptop, watch: Watch, scenario: Scenario, bus: str, file: StateFile | None
) -> None:
    """Give the laptop the state that is kept, or else what the scenario's opening makes of an empty one."""
    laptop.on_event(watch.show)
    if file is not None and not file.is_empty:
        console.print(f"The state is that of {file.path}: {file.give_to(laptop)}\n")
        watch.head()
        return
    if scenario.opening:
        types = Counter(command.type for command in scenario.opening)
        put = ", ".join(f"{type} ({times})" if times > 1 else type for type, times in types.items())
        console.print(f"The state is empty; the scenario's opening is put: {put}\n")
    watch.head()
    put_opening(laptop, scenario, bus)


def _run(
    laptop: Laptop, watch: Watch, reload: Reload, file: StateFile | None, is_interrupted: Callable[[], bool]
) -> None:
    while not is_interrupted():
        laptop.run_for(SECONDS_BETWEEN_LOOKS)
        watch.look()
        reload.look()
        if file is not None:
            file.save_sometimes(laptop)


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
