"""`ensemble up` as a person has it: a process, the real AWS CLI in another, and Ctrl-C."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ensemble.command_line.run.up import interruptions
from ensemble.command_line.synthesis import FINGERPRINT, fingerprint
from ensemble.console.recording import read_recording
from tests.conftest import NAMES
from tests.toolkit.command_line.conftest import Command
from tests.toolkit.laptop.assemblies import function
from tests.toolkit.laptop.small import laptop_with

EVENT = re.compile(r"\d\d:\d\d:\d\d\.\d{3}  ")

LONGEST_WAIT_SECONDS = 60


class Terminal:
    """A running `ensemble up`, and what it has printed so far."""

    def __init__(self, project: Path, *options: str) -> None:
        self.lines: list[str] = []
        command = [sys.executable, "-m", "ensemble", "up", "--port", "0", "--no-console", *options]
        self.process = subprocess.Popen(
            command, cwd=project, env=variables(project), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def line(self, pattern: str) -> str:
        """Read on until a line matches, and return it; a line that does not come ends the process."""
        assert self.process.stdout is not None
        watchdog = threading.Timer(LONGEST_WAIT_SECONDS, self.process.kill)
        watchdog.start()
        try:
            for line in self.process.stdout:
                self.lines.append(line.rstrip("\n"))
                if re.search(pattern, line):
                    return self.lines[-1]
        finally:
            watchdog.cancel()
        raise AssertionError(f"ended without {pattern!r}: {self.lines}")

    def printed(self, pattern: str) -> str:
        """Return the line of the introduction that matches."""
        return next((line for line in self.lines if re.search(pattern, line)), "") or self.line(pattern)


def variables(project: Path) -> dict[str, str]:
    """Return an environment in which nothing but the project itself is first on the path."""
    return {**os.environ, "PYTHONPATH": str(project), "COLUMNS": "300"}


@contextmanager
def started(project: Path, *options: str) -> Iterator[Terminal]:
    terminal = Terminal(project, *options)
    with terminal.process:
        try:
            yield terminal
        finally:
            terminal.process.kill()


@pytest.fixture(scope="module")
def terminal(lending: Path) -> Iterator[Terminal]:
    """One process for all tests that leave it running, as it takes seconds to start."""
    (lending / "cdk.out" / FINGERPRINT).write_text(fingerprint(lending))
    with started(lending) as terminal:
        terminal.line("CopiesAdded  +shelf")  # the answer to the opening, by which the state is filled
        yield terminal


@pytest.fixture
def shell(lending: Path) -> Callable[[str], str]:
    """Return what runs a line in the project and returns what it prints."""

    def run(line: str) -> str:
        options: dict[str, Any] = {"cwd": lending, "env": variables(lending), "text": True}
        return str(subprocess.run(line, shell=True, check=True, capture_output=True, **options).stdout)

    return run


def events(lines: list[str]) -> list[list[str]]:
    """Return the columns of the events shown, without their time."""
    return [line.split()[1:] for line in lines if EVENT.match(line)]


def test_the_printed_lines_drive_a_workflow_to_its_end_by_the_real_aws_cli(
    terminal: Terminal, shell: Callable[[str], str]
) -> None:
    before = len(terminal.lines)
    added = shell(terminal.printed("ensemble send AddCopies"))
    answer = shell(terminal.printed("aws events put-events"))
    terminal.line("Loan(Granted|Refused)")

    (copies, answer_to_it, *loan) = events(terminal.lines[before:])
    assert added.startswith("AddCopies  receipt-")
    assert '"FailedEntryCount": 0' in answer
    assert [copies[:2], answer_to_it[:2]] == [["AddCopies", "bindery"], ["CopiesAdded", "shelf"]]
    assert [columns[:3] for columns in loan] == [
        ["RequestLoan", "desk", "loan-1"],
        ["LoanRequested", "loan", "loan-1"],
        ["CopiesReserved", "shelf", "loan-1"],
        ["CopiesSent", "courier", "loan-1"],
        ["LoanGranted", "loan", "loan-1"],
    ]
    assert len({columns[3] for columns in loan}) == 1  # one workflow


def test_a_command_that_breaks_its_schema_is_shown_as_a_dead_letter_with_its_reason(
    terminal: Terminal, shell: Callable[[str], str]
) -> None:
    *command, entries = shlex.split(terminal.printed("aws events put-events"))

    shell(shlex.join([*command, entries.replace(r"\"loan_id\"", r"\"loan_no\"")]))

    assert terminal.line("✗") == (
        f"✗ dead letter in {NAMES.queue('loan', 'commands')}-dlq: "
        "ContractViolation: RequestLoan 1.1: data must contain ['loan_id'] properties"
    )


def test_an_alarm_that_goes_off_is_shown_with_its_section_of_the_runbook(
    terminal: Terminal, shell: Callable[[str], str]
) -> None:
    *command, entries = shlex.split(terminal.printed("aws events put-events"))
    shell(shlex.join([*command, entries.replace(r"\"loan_id\"", r"\"loan_no\"")]))
    terminal.line("dead letter")

    shell(f"{terminal.printed('ensemble send AddCopies').replace('send AddCopies', 'advance 2m')}")

    alarm = terminal.printed("! alarm")  # which may have been before: a minute may end at any time
    assert alarm.startswith(f"! alarm {NAMES.alarm('loan', 'failures')} goes off: Messages wait in one of ")
    assert alarm.endswith(" docs/runbook.md#failures")


def test_a_fault_is_shown_with_its_place_in_the_project_and_its_event(
    terminal: Terminal, shell: Callable[[str], str]
) -> None:
    send = terminal.printed("ensemble send AddCopies")
    shell(send)
    terminal.line("AddCopies")

    shell(f"{send.replace('AddCopies', 'RequestLoan')} place.street=Timeout")

    assert terminal.line("✗").startswith(f"✗ {NAMES.consumer('courier')} postponed CopiesReserved: CarrierTimeout: ")
    assert re.fullmatch(r"    functions/courier/carrier\.py:\d+ send", terminal.line("functions/"))
    assert re.search(r"event [0-9a-f-]{36}, workflow [0-9a-f-]{36}, service courier, try 1$", terminal.line("event "))
    terminal.line("LoanGranted")


def test_an_event_that_no_rule_takes_is_shown_with_what_was_probably_meant(
    terminal: Terminal, shell: Callable[[str], str]
) -> None:
    shell(terminal.printed("aws events put-events").replace("RequestLoan", "RequestLoans"))

    assert terminal.line("✗").startswith("✗ no rule takes RequestLoans from desk: did you mean RequestLoan, ")


def test_what_is_lost_and_not_run_is_said_at_the_start(terminal: Terminal) -> None:
    assert "its state is then lost" in terminal.printed("The laptop AWS runs at http://127.0.0.1:")
    assert ".ensemble/logs" in terminal.printed("Logs of the functions")
    assert re.search(r"AWS::EventSchemas::Schema \(\d+\).* and \d+ properties", terminal.printed("Not run here"))


def test_what_cannot_be_run_beside_the_services_is_listed_at_the_start_with_why(project_beside: Path) -> None:
    with started(project_beside) as terminal:
        assert "Custom::S3BucketNotifications (1)" in terminal.printed("Not run here")
        assert terminal.printed("/Plain").endswith("and only an asset directory of the assembly is run")
        assert "is not run: only queues, functions, topics, buses and API" in terminal.printed("/ToTwo")
        assert terminal.printed("Broken").endswith("No module named 'a_library_that_is_not_here'")


def test_ctrl_c_ends_it_with_a_summary_and_status_0_as_soon_as_it_says_that(lending: Path) -> None:
    with started(lending) as terminal:
        terminal.line("Ctrl-C stops it")
        terminal.process.send_signal(signal.SIGINT)

        terminal.line(r"^Stopped\. Events: \d+; dead letters and failures: \d+\.$")
        assert terminal.process.wait() == 0


def test_what_happens_until_it_stops_is_recorded_in_the_file(lending: Path, tmp_path: Path) -> None:
    file = tmp_path / "today.jsonl"
    with started(lending, "--record", str(file)) as terminal:
        terminal.line("CopiesAdded  ")
        terminal.process.send_signal(signal.SIGINT)

        stopped = terminal.line(r"^Stopped\.")
        assert terminal.process.wait() == 0

    recording = read_recording(file)
    events = {event["type"]: event["id"] for batch in recording.batches for event in batch["events"]}
    (documents,) = recording.documents.values()
    assert stopped.endswith(f" Recorded: ensemble console --recording {file}")
    assert recording.fixed["recorded"] == "ensemble up, dev"
    assert list(events) == ["AddCopies", "CopiesAdded"]
    assert [event["event_id"] for event in documents[-1]["events"]] == list(events.values())


def test_a_second_ctrl_c_ends_a_function_that_hangs(tmp_path: Path) -> None:
    hangs = "import signal\ndef handler(event, context):\n    for _ in range(9): signal.raise_signal(signal.SIGINT)\n"
    with (
        interruptions() as is_interrupted,
        laptop_with(tmp_path, bundles={"one": hangs}, One=function("one")) as laptop,
    ):
        with pytest.raises(KeyboardInterrupt):
            laptop.invoke("one", {})

        assert is_interrupted()


def test_a_port_in_use_is_one_line_that_says_what_to_do(ensemble: Command, in_lending: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        outcome = ensemble("up", "--port", str(port))

    assert outcome.status == 1
    assert outcome.errors == (
        f"ensemble: port {port} cannot be had (Address already in use): choose another one with --port\n"
    )
