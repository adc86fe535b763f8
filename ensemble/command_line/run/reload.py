"""Takes over what changes in the project while it runs: code at once, all else as soon as it is synthesized.

Whatever is broken is reported with its place, and the last good version runs on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from threading import Thread

from rich.console import Console
from rich.text import Text

from ensemble.aws.errors import FunctionUnloadable
from ensemble.aws.service_resources import consumer_of
from ensemble.command_line.errors import CheckFailed, CommandFailed, SynthesisFailed
from ensemble.command_line.project import refuse, unimportable
from ensemble.command_line.run.changes import Changes, in_words, service_of
from ensemble.command_line.run.copies import Copies
from ensemble.command_line.run.declarations import same_declaration
from ensemble.command_line.run.needs import Values
from ensemble.command_line.terminal import printable
from ensemble.contracts.findings import Finding, text_of
from ensemble.laptop import Laptop, LocalError
from ensemble.laptop.functions import Function
from ensemble.laptop.takeover import TakenOver
from infrastructure.imports import missing_imports, modules_of_libraries

RUNS_ON = "The last good version runs on."


class Reload:
    """Looks for changes, and takes them over between two runs of the laptop.

    `synthesize` returns the stage's assembly; `read` reads what the project declares anew, and returns what its
    services get; both raise CommandFailed.
    `taken_over` is called after changed stacks were taken over.
    """

    def __init__(
        self,
        console: Console,
        laptop: Laptop,
        root: Path,
        synthesize: Callable[[], Path],
        read: Callable[[], Values],
        taken_over: Callable[[], None] = lambda: None,
    ) -> None:
        self._console, self._laptop, self._root = console, laptop, root
        self._synthesize, self._read, self._taken_over = synthesize, read, taken_over
        self._changes = Changes(root)
        self._waiting: list[str] = []
        self._work: _Work | None = None
        self._copies = Copies()

    def look(self) -> None:
        """Take over what can be, and report what cannot."""
        changed = self._changes.new()
        if changed:
            self._waiting = [path for path in self._waiting if path not in changed] + changed
            self._begin(changed)
        elif self._work is not None and not self._work.is_alive():
            work, self._work = self._work, None
            self._end(work)

    def close(self) -> None:
        """Delete the copies of the code that ran."""
        self._copies.delete()

    def _begin(self, changed: list[str]) -> None:
        """Take over the code that alone changed, and synthesize in the background, unless it is broken."""
        try:
            taken = [path for service in _services(changed) for path in self._take_code(service, changed)]
        except CheckFailed as error:
            self._work = None
            self._report(error)
            return
        if taken:
            self._say(f"{in_words(taken)} changed, taken over at {_now()}")
        self._waiting = [path for path in self._waiting if path not in taken]
        if self._waiting:
            self._say(f"{in_words(self._waiting)} changed, the stacks are synthesized again")
        self._work = _Work(self._synthesize, self._waiting)

    def _take_code(self, service: str, changed: list[str]) -> list[str]:
        """Let a service run its present code if it declares the same; return what changed of it, or nothing.

        Raises CheckFailed when the code does not load, or imports what its bundle does not have.
        """
        functions = self._functions_of(service)
        if not functions:
            return []
        refuse(self._missing_imports(service))
        directory = self._copies.copy(functions[0].bundle.directory, service, self._root)

        def is_fit(old: Function, new: Function) -> bool:
            is_relay = consumer_of(old.handler) != service  # no declaration is in its modules
            return is_relay or same_declaration(old.bundle.modules, new.bundle.modules, service)

        try:
            is_taken = self._laptop.replace_code([one.name for one in functions], directory, is_fit)
        except FunctionUnloadable as error:
            raise CheckFailed(unimportable(error.__cause__ or error, self._root, directory)) from error
        return [path for path in changed if service_of(path) == service] if is_taken else []

    def _missing_imports(self, service: str) -> list[Finding]:
        try:
            missing = list(missing_imports(self._root, modules_of_libraries(self._root)))
        except SyntaxError:  # loading it says so, with its place
            return []
        return [finding for finding in missing if finding.file.startswith(f"functions/{service}/")]

    def _functions_of(self, service: str) -> list[Function]:
        """Return the functions that run a service's bundle: its consumer, and its relay."""
        functions = self._laptop.functions.values()
        consumers = {one.bundle.directory for one in functions if consumer_of(one.handler) == service}
        return [one for one in functions if one.bundle.directory in consumers]

    def _end(self, work: _Work) -> None:
        """Take over what was synthesized."""
        try:
            taken_over = self._laptop.take_over(work.result(), self._read())
            self._taken_over()
        except SynthesisFailed as error:
            self._report(self._explained(error))
        except CommandFailed as error:
            self._report(error)
        except FunctionUnloadable as error:
            self._report(CheckFailed(unimportable(error.__cause__ or error, self._root)))
        except LocalError as error:
            self._report(CommandFailed(f"the laptop AWS does not run these stacks: {error}"))
        else:
            self._waiting = [path for path in self._waiting if path not in work.waiting]
            self._tell(work.waiting, taken_over)

    def _explained(self, error: CommandFailed) -> CommandFailed:
        """Return why the project cannot be read, as `ensemble check` says it, if that is why the synthesis failed."""
        try:
            self._read()
        except CommandFailed as better:
            return better
        return error

    def _tell(self, changed: list[str], taken_over: TakenOver) -> None:
        if changed:
            self._say(f"{in_words(changed)} changed, taken over at {_now()}")
        for name, texts in (("new", taken_over.made), ("gone", taken_over.gone), ("lost", taken_over.lost)):
            if texts:
                self._console.print(Text(f"  {name}: {', '.join(texts)}", "dim"))
        if any(path.startswith("ensemble/") for path in changed):
            self._say("ensemble/ is not taken over: start `ensemble up` again to run what changed there")

    def _say(self, line: str) -> None:
        self._console.print(Text(printable(line), "bold"))

    def _report(self, error: CommandFailed) -> None:
        text = "\n".join(map(str, error.args))
        if isinstance(error, CheckFailed):
            text = text_of(error.findings).rpartition("\n\n")[0]  # without their count
        self._console.print(Text("✗ " + "\n".join(map(printable, text.split("\n"))), "bold red"))
        self._console.print(Text(RUNS_ON, "bold"))


class _Work(Thread):
    """A synthesis in the background: its child process takes seconds, and the laptop runs on meanwhile."""

    def __init__(self, synthesize: Callable[[], Path], waiting: list[str]) -> None:
        super().__init__(name="synthesis", daemon=True)
        self.waiting = list(waiting)
        self._synthesize = synthesize
        self._outcome: Path | Exception | None = None
        self.start()

    def run(self) -> None:
        """Do it, and keep what came of it."""
        try:
            self._outcome = self._synthesize()
        except Exception as error:  # raised again where the result is asked for
            self._outcome = error

    def result(self) -> Path:
        """Return the assembly. Raises what its making raised."""
        if isinstance(self._outcome, Path):
            return self._outcome
        raise self._outcome or RuntimeError("the synthesis has not ended")


def _services(changed: list[str]) -> Iterator[str]:
    """Yield each service whose code changed, unless the kit did, which is in every bundle."""
    if not any(path.startswith("functions/kit/") for path in changed):
        found = (service_of(path) for path in changed if path.endswith(".py"))
        yield from dict.fromkeys(service for service in found if service is not None)


def _now() -> str:
    return datetime.now().strftime("%H:%M:%S")
