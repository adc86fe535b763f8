"""The command `ensemble console`: serves the console of a stage until Ctrl-C."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from starlette.applications import Starlette

from ensemble.aws.errors import PortUnavailable
from ensemble.command_line.console import alarms, dead_letters, recorded, sending, switches, workflows
from ensemble.command_line.console.looked_at import StageLookedAt, look_at
from ensemble.command_line.console.recorded import Recorded
from ensemble.command_line.errors import CommandFailed, PortTaken
from ensemble.command_line.stage.place import Place
from ensemble.console.packages import PackagesMissing, packages_of_page
from ensemble.console.recording import NoRecording, read_recording
from ensemble.console.security import SOCKET_VARIABLE, TOKEN_VARIABLE
from ensemble.console.server import Change, Question, console_app
from ensemble.console.watching import Watching
from ensemble.laptop.server import Server


def serve_console(console: Console, place: Place, port: int, *, may_operate: bool) -> None:
    """Serve until interrupted; `may_operate`: the pages may change a deployed stage. Raises CommandFailed."""
    packages = _packages()
    looked_at = look_at(console, place, may_operate=may_operate)
    watching = Watching(looked_at.source, looked_at.drawn.feed())
    questions, changes = pages(looked_at)
    token = _token()
    app = console_app(watching, looked_at.fixed, questions, changes, packages, token)
    _serve(console, f"The console of {place.stage}", app, port, token, watching.close)


def serve_recording(console: Console, file: Path, port: int) -> None:
    """Serve a recording until interrupted: nothing is asked of AWS. Raises CommandFailed."""
    try:
        recording = read_recording(file)
    except NoRecording as refusal:
        raise CommandFailed(str(refusal)) from refusal
    token = _token()
    app = console_app(Recorded(recording), recording.fixed, recorded.questions(recording), {}, _packages(), token)
    _serve(console, f"The recording of {recording.fixed['recorded']}", app, port, token)


def _packages() -> Path:
    try:
        return packages_of_page()
    except PackagesMissing as missing:
        raise CommandFailed(str(missing)) from missing


def _token() -> str:
    return os.environ.get(TOKEN_VARIABLE) or secrets.token_urlsafe(16)


def _given_socket() -> socket.socket | None:
    given = os.environ.get(SOCKET_VARIABLE)
    return None if given is None else socket.socket(fileno=int(given))


def _serve(
    console: Console, what: str, app: Starlette, port: int, token: str, close: Callable[[], None] = lambda: None
) -> None:
    """Serve until interrupted; `close` ends the streams, which would hold the server up."""
    try:
        server = Server(app, port, _given_socket())
    except PortUnavailable as error:
        raise PortTaken(f"{error}: choose another one with --at") from error
    with server.start():
        console.print(f"{what}: {server.url}/?token={token}", markup=False, highlight=False)
        _wait(is_of_another=TOKEN_VARIABLE in os.environ)
        close()


def pages(looked_at: StageLookedAt) -> tuple[dict[str, Question], dict[str, Change]]:
    """Return what the pages ask, and what they do, by path."""
    questions: dict[str, Question] = {**workflows.questions(looked_at), **alarms.questions(looked_at)}
    changes: dict[str, Change] = {}
    for page in (dead_letters, sending, switches):
        asked, done = page.asked_and_done(looked_at)
        questions |= asked
        changes |= done
    return questions, changes


def _wait(*, is_of_another: bool) -> None:
    """Wait for Ctrl-C or SIGTERM; a console that another process has started, until that one has ended too."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    if is_of_another:
        threading.Thread(target=_set_when_closed, args=(ended,), daemon=True).start()
    ended.wait()


def _set_when_closed(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()
