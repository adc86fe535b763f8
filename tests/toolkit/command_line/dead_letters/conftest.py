"""A library whose dead letters another terminal looks at; time passes while it waits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

from ensemble.command_line.run.control import routes
from ensemble.command_line.run.up import questions
from ensemble.command_line.stage import pauses
from ensemble.command_line.stage.operations import OPERATIONS
from ensemble.laptop import Laptop, VirtualClock
from scenarios.lending.scenario import SCENARIO, loan
from tests.conftest import NAMES
from tests.toolkit.command_line.conftest import Command, Outcome

COMMANDS, EVENTS = f"{NAMES.consumer('loan')}-commands", f"{NAMES.consumer('courier')}-events"


class Parcels(list[str]):
    """What the carrier took; asked for some, it raises what nobody has declared."""

    fails: Callable[[str], bool] = staticmethod(lambda _: False)

    def __contains__(self, key: object) -> bool:
        if self.fails(str(key)):
            raise ValueError
        return super().__contains__(key)


@dataclass
class Library:
    """A running library, and the command `dlq` of another terminal. `told`: the events of operations."""

    laptop: Laptop
    port: int
    ensemble: Command
    parcels: Parcels = field(default_factory=Parcels)
    told: list[dict[str, Any]] = field(default_factory=list)

    def dlq(self, *arguments: str) -> Outcome:
        return self.ensemble("dlq", *arguments, "--port", str(self.port))

    def json(self, *arguments: str) -> Any:
        return json.loads(self.dlq(*arguments, "--json").output)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def groups(self) -> Any:
        return self.json("list")["groups"]

    def the_group(self) -> str:
        """The one group."""
        (group,) = self.groups()
        return str(group["group"])

    def forecast(self) -> list[tuple[str, int]]:
        """What would become of the one group."""
        told = self.json("redrive", self.the_group(), "--dry-run")["forecast"]
        return [(one["ahead"], one["number"]) for one in told]

    def redrive(self, *options: str) -> Any:
        return self.json("redrive", self.the_group(), "--yes", *options)

    def drop(self, why: str) -> None:
        """Drop the one group, and have what is said of it stored."""
        assert self.dlq("drop", self.the_group(), "--why", why, "--yes").status == 0
        self.laptop.run_for(20)

    def other(self, *arguments: str) -> str:
        """What another command says of it."""
        return self.ensemble(*arguments, "--port", str(self.port)).output

    def put(self, *fields: Mapping[str, Any]) -> None:
        """Ask for loans, and let time pass."""
        entries = [
            {"EventBusName": NAMES.bus, "Source": "desk", "DetailType": "RequestLoan", "Detail": json.dumps(one)}
            for one in fields
        ]
        for entry in entries:
            assert self.laptop.put_events([entry])["FailedEntryCount"] == 0
        self.laptop.run_for(200)

    def spoil(self, *loan_ids: str) -> None:
        """Ask for loans of no book, which no schema allows."""
        self.put(*({**loan(loan_id, 1).fields, "books": []} for loan_id in loan_ids))

    def fail_at_the_carrier(self, *loan_ids: str) -> None:
        """Ask for loans that the courier dead-letters, and have the carrier mended then."""
        self.parcels.fails = lambda _: True
        self.put(*(loan(loan_id, 1).fields for loan_id in loan_ids))
        self.parcels.fails = lambda _: False

    def bury(self, queue: str, body: str) -> None:
        """Put a message into the DLQ of a queue, as if SQS had."""
        self.laptop.queue(f"{queue}-dlq").send(body)

    def dead(self, queue: str = COMMANDS) -> list[str]:
        """The bodies of the dead letters."""
        return [message.body for message in self.laptop.queue(f"{queue}-dlq").messages]

    def rows(self) -> Any:
        """All that the loan service has."""
        return (
            boto3.resource("dynamodb", endpoint_url=self.url, region_name="eu-west-1")
            .Table(NAMES.table("loan"))
            .scan()["Items"]
        )


@pytest.fixture(scope="package")
def running(lending: Path) -> Iterator[tuple[Laptop, int]]:
    """One laptop for all tests, since loading the functions takes two seconds."""
    with Laptop(lending / "cdk.out" / "assembly-dev", VirtualClock(), settings=SCENARIO.settings) as laptop:
        server = laptop.serve(0, routes(questions(laptop, NAMES)))
        laptop.load_all()
        yield laptop, int(urlsplit(server.url).port or 0)


@pytest.fixture
def library(
    running: tuple[Laptop, int], ensemble: Command, in_lending: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Library]:
    """That laptop with copies on the shelf and no message anywhere; while the command waits, time passes."""
    laptop, port = running
    monkeypatch.setattr(pauses, "pause", laptop.run_for)
    library = Library(laptop, port, ensemble)
    laptop.function(NAMES.consumer("courier")).module.carrier.parcels = library.parcels
    receipt = {"receipt_id": f"receipt-{laptop.now():.0f}", "title": "title-1", "copies": 1_000}
    laptop.put_events(
        [{"EventBusName": NAMES.bus, "Source": "bindery", "DetailType": "AddCopies", "Detail": json.dumps(receipt)}]
    )
    laptop.run_for(20)
    for queue in laptop.queues.values():
        queue.purge()

    def look(_: str, event: Mapping[str, Any]) -> None:
        if event["source"] == OPERATIONS:
            library.told.append(event["detail"])

    with laptop.observed(look, lambda *_: None):
        yield library
