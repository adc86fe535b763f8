"""A library on the laptop AWS, as another terminal finds it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from ensemble.command_line.run.control import routes
from ensemble.command_line.run.up import questions
from ensemble.laptop import Laptop, VirtualClock
from scenarios.lending.scenario import SCENARIO, loan
from tests.conftest import NAMES
from tests.toolkit.command_line.conftest import Command, Outcome


class Down(list[str]):
    """The parcels of a carrier that does not answer."""

    def __contains__(self, key: object) -> bool:
        raise TimeoutError


@dataclass
class Library:
    """A running library, and the command `trace` of another terminal."""

    laptop: Laptop
    port: int
    ensemble: Command
    began: float = 0.0
    _parcels: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def put(self, type: str, source: str, fields: dict[str, Any]) -> None:
        entry = {"EventBusName": NAMES.bus, "Source": source, "DetailType": type, "Detail": json.dumps(fields)}
        assert self.laptop.put_events([entry])["FailedEntryCount"] == 0

    def ask_for(self, loan_id: str, *, copies: int = 1, **changes: Any) -> None:
        """Ask for a loan."""
        self.put("RequestLoan", "desk", {**loan(loan_id, copies).fields, **changes})

    def add_copies(self) -> None:
        """Put some on the shelf."""
        (opening,) = SCENARIO.opening
        self.put(opening.type, opening.source, {**opening.fields, "receipt_id": f"receipt-{self.laptop.now()}"})
        self.laptop.run_for(20)

    def stop_the_carrier(self) -> None:
        self.laptop.function(NAMES.consumer("courier")).module.carrier.parcels = Down()

    def start_the_carrier(self) -> None:
        self.laptop.function(NAMES.consumer("courier")).module.carrier.parcels = self._parcels

    def trace(self, asked: str, *options: str) -> Outcome:
        return self.ensemble("trace", asked, "--port", str(self.port), *options)

    def row(self, service: str, key: str, *options: str) -> Outcome:
        return self.ensemble("row", service, key, "--port", str(self.port), *options)

    @property
    def age(self) -> str:
        """How old what was asked may be."""
        return f"{round(self.laptop.now() - self.began) + 1}s"

    def workflows(self, *options: str) -> Outcome:
        return self.ensemble("workflows", "--port", str(self.port), *options)

    def listed(self, *options: str) -> dict[str, Any]:
        """Return the workflows of a list by their first key, the newest first, since the test began."""
        document = json.loads(self.workflows("--json", "--since", self.age, *options).output)
        return {(one["keys"] or [one["workflow"]])[0]: one for one in document["workflows"]}

    def json(self, asked: str) -> Any:
        return json.loads(self.trace(asked, "--json").output)

    def why(self, asked: str) -> list[str]:
        """Return the sentences."""
        return [why["text"] for why in self.json(asked)["why"]]


@pytest.fixture(scope="module")
def running(lending: Path) -> Iterator[tuple[Laptop, int]]:
    """One laptop for all tests of a module, since loading the functions takes two seconds."""
    with Laptop(lending / "cdk.out" / "assembly-dev", VirtualClock(), settings=SCENARIO.settings) as laptop:
        server = laptop.serve(0, routes(questions(laptop, NAMES)))
        laptop.load_all()
        yield laptop, int(urlsplit(server.url).port or 0)


@pytest.fixture
def library(running: tuple[Laptop, int], ensemble: Command, in_lending: Path) -> Iterator[Library]:
    """That laptop, on which the carrier answers."""
    laptop, port = running
    library = Library(laptop, port, ensemble)
    library.start_the_carrier()
    library.add_copies()
    yield library
    library.start_the_carrier()
