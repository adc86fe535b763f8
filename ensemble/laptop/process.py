"""What the laptop AWS has of this process, whatever is deployed in it: the lock, the sandbox, where functions print."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

from ensemble.aws.errors import LocalError
from ensemble.laptop.answers import Answer
from ensemble.laptop.output import Output
from ensemble.laptop.sandbox import Sandbox
from ensemble.laptop.sources import PROJECT
from ensemble.laptop.wire import Interceptor
from ensemble.laptop.xray.daemon import Daemon
from ensemble.laptop.xray.traces import Traces

Around = Callable[[Mapping[str, str], bytes, Callable[[], Answer]], Answer]
"""Answers a request: it takes its headers, its body, and what answers it."""

Printed = Callable[[str, str], None]
"""Takes the name of a function, and a line that it printed."""


class Process:
    """Is made once for a laptop: modules of functions that go on in a changed account keep their clients and their log.

    `log_directory`: also write what each function prints to `<directory>/<function name>.log`. `project`: its root,
    whose files the functions' code names. `is_traced`: whether X-Ray's daemon runs, and takes what functions tell.
    """

    def __init__(self, log_directory: Path | None = None, project: Path = PROJECT, *, is_traced: bool = False) -> None:
        self.lock = threading.Condition()
        self.traces = Traces()
        self.daemon = Daemon(self.traces) if is_traced else None
        self._answer: Callable[[Mapping[str, str], bytes], Answer] = _unanswered
        self._printed: Printed = lambda _function, _line: None
        self._around: Around | None = None
        self._interceptor = Interceptor(self._answer)
        self.sandbox = Sandbox(self._interceptor, project)
        self._log_directory = log_directory
        self._outputs: dict[str, Output] = {}
        if log_directory is not None:
            log_directory.mkdir(parents=True, exist_ok=True)

    def answer_with(self, answer: Callable[[Mapping[str, str], bytes], Answer], printed: Printed) -> None:
        """Let the requests of functions be answered by this account from now on, and `printed` get what they print."""
        self._answer, self._printed = answer, printed
        self._interceptor.answer = self._answer if self._around is None else self._answer_around

    def answer_through(self, around: Around) -> None:
        """Let `around` answer them from now on, by what answers them."""
        self._around, self._interceptor.answer = around, self._answer_around

    def _answer_around(self, headers: Mapping[str, str], body: bytes) -> Answer:
        assert self._around is not None
        return self._around(headers, body, lambda: self._answer(headers, body))

    def output_of(self, function: str) -> Output:
        """Return where the function of this name prints."""
        if function not in self._outputs:
            log = self._log_directory / f"{function}.log" if self._log_directory else None
            self._outputs[function] = Output(log, lambda line: self._printed(function, line))
        return self._outputs[function]

    def close(self) -> None:
        """Close the functions' logs, and the daemon."""
        if self.daemon is not None:
            self.daemon.close()
        for output in self._outputs.values():
            output.close()


def _unanswered(_headers: Mapping[str, str], _body: bytes) -> NoReturn:
    raise LocalError("nothing is deployed yet that could answer a function's request")
