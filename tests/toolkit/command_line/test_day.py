"""A day with `ensemble up` as a developer has it: a terminal, an editor, a breakpoint, an end and another start."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from ensemble.command_line.run.sending import LOCAL_REGION, local_client, send
from ensemble.command_line.synthesis import FINGERPRINT, fingerprint, names_in
from ensemble.scenario import Command
from infrastructure.naming import Names
from tests.toolkit.terminal import CTRL_C, LONGEST_WAIT_SECONDS, PROMPT, Terminal, at_terminal

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

DOMAIN = "functions/loan/domain.py"
STATE = "kept/state.json"
UP = ["-m", "ensemble", "up", "--port", "0", "--no-console", "--state", STATE]


@pytest.fixture
def project(lending: Path, tmp_path: Path) -> Path:
    copy = shutil.copytree(lending, tmp_path / "project", ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "cdk.out" / FINGERPRINT).write_text(fingerprint(copy))
    return copy


def put_loan(project: Path, endpoint: str, loan_id: str) -> None:
    fields = {
        "loan_id": loan_id,
        "reader": {"name": "Ada", "email": "ada@example.com"},
        "books": [{"title": "title-1", "copies": 1}],
        "place": {"town": "Bern", "street": "Street 1"},
    }
    bus = names_in(project / "cdk.out" / "assembly-dev").bus
    assert [one.refusal for one in send(local_client(endpoint), [Command("RequestLoan", "desk", fields)], bus)] == [
        None
    ]


def endpoint_of(terminal: Terminal) -> str:
    found = re.search(r"http://[0-9.:]+", terminal.wait_for(r"The laptop AWS runs at http://[0-9.:]+ "))
    assert found is not None
    return found[0]


def wait_until_all_is_heard(endpoint: str, names: Names, *, events: int) -> None:
    """Wait until the journal has all events, so that the last is with its other hearers too, and no queue holds one."""
    tables = boto3.client("dynamodb", endpoint_url=endpoint, region_name=LOCAL_REGION)
    queues = boto3.client("sqs", endpoint_url=endpoint, region_name=LOCAL_REGION)
    until = time.monotonic() + LONGEST_WAIT_SECONDS
    while tables.scan(TableName=names.store("journal"))["Count"] < events or holds_any(queues):
        assert time.monotonic() < until, "what was put is not heard"
        time.sleep(0.05)


def holds_any(queues: SQSClient) -> bool:
    """Whether a message waits, is at work or is delayed."""
    for url in queues.list_queues(MaxResults=1000)["QueueUrls"]:
        counts = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        if any(int(number) for name, number in counts.items() if name.startswith("ApproximateNumberOfMessages")):
            return True
    return False


def test_a_breakpoint_written_while_it_runs_stops_and_the_state_is_there_at_the_next_start(project: Path) -> None:
    file = project / DOMAIN
    with at_terminal(UP, project, PYTHONPATH=str(project)) as terminal:
        endpoint = endpoint_of(terminal)
        terminal.wait_for("The state is empty; the scenario's opening is put: AddCopies\n")
        terminal.wait_for(r"AddCopies +bindery")
        source = file.read_text()
        first = "    if loan is not None:\n        return _declined("
        assert source.count(first) == 1
        file.write_text(source.replace(first, f"    breakpoint()\n{first}"))
        terminal.wait_for(r"loan: domain.py changed, taken over at \d\d:\d\d:\d\d\n")

        put_loan(project, endpoint, "l-1")
        stop = terminal.wait_for(PROMPT)
        terminal.type("p event['loan_id']\n")
        value = terminal.wait_for(PROMPT)
        terminal.type("c\n")
        terminal.wait_for(r"LoanGranted +loan +l-1")
        wait_until_all_is_heard(endpoint, names_in(project / "cdk.out" / "assembly-dev"), events=7)
        terminal.type(CTRL_C)
        end, status = terminal.rest()

    line = source[: source.index(first)].count("\n") + 2
    assert f"> {file}({line})request()" in stop
    assert "'l-1'" in value
    assert f"Stopped. Events: 7; dead letters and failures: 0. The state is kept in {STATE}." in end
    assert status == 0

    with at_terminal(UP, project, PYTHONPATH=str(project)) as terminal:
        endpoint = endpoint_of(terminal)
        shown = terminal.wait_for("The state is that of .*\n")
        put_loan(project, endpoint, "l-2")
        terminal.wait_for(PROMPT)
        terminal.type("quit\n")
        end, status = terminal.rest()

    assert re.search(r"The state is that of kept/state\.json: \d\d rows and counters, 0 messages", shown)
    assert "Traceback" not in end
    assert "Stopped. Events: 1; dead letters and failures: 0." in end
    assert status == 0
