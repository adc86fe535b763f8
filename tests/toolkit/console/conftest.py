"""A library on the laptop AWS, and the console that looks at it; time passes when a test says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from rich.console import Console

from ensemble.command_line.console.looked_at import StageLookedAt, look_at
from ensemble.command_line.console.serving import pages
from ensemble.command_line.run.control import routes
from ensemble.command_line.run.injecting import Injected
from ensemble.command_line.run.up import questions
from ensemble.command_line.stage.place import Place
from ensemble.command_line.synthesis import FINGERPRINT, fingerprint
from ensemble.console.packages import packages_of_page
from ensemble.console.server import console_app
from ensemble.console.watching import Watching
from ensemble.laptop import Laptop, VirtualClock
from ensemble.laptop.server import Server
from ensemble.scenario.sandboxes import Sandboxes, Settings
from scenarios.lending.scenario import SCENARIO, loan
from tests.conftest import LENDING, NAMES
from tests.toolkit.console.asking import TOKEN, Visitor


class Carrier:
    """A sandbox that can be stopped."""

    settings: Settings = MappingProxyType({})
    is_up = True

    def start(self) -> None:
        self.is_up = True

    def stop(self) -> None:
        self.is_up = False

    def close(self) -> None:
        pass


@dataclass
class Library:
    """A library that runs, and who looks at it by its console."""

    laptop: Laptop
    looked_at: StageLookedAt
    visitor: Visitor
    carrier: Carrier

    def put(self, type: str, source: str, fields: dict[str, Any]) -> None:
        """Put an event on the bus, whatever it holds, and let time pass."""
        self.laptop.put_events([self.entry(type, source, fields)])
        self.laptop.run_for(20)

    def entry(self, type: str, source: str, fields: dict[str, Any]) -> dict[str, str]:
        """Return an entry of PutEvents."""
        return {"EventBusName": NAMES.bus, "Source": source, "DetailType": type, "Detail": json.dumps(fields)}

    def ask_for(self, loan_id: str, **changes: Any) -> None:
        """Ask for a loan, with some of its fields as no schema has them."""
        self.put("RequestLoan", "desk", {**loan(loan_id, 1).fields, **changes})


@pytest.fixture(scope="package")
def running(lending: Path) -> Iterator[Library]:
    """One laptop and one console for all tests of the console, since loading the functions takes seconds."""
    sandboxes = Sandboxes({"carrier": (carrier := Carrier())})
    with Laptop(lending / "cdk.out" / "assembly-dev", VirtualClock(), settings=SCENARIO.settings) as laptop:
        laptop.load_all()
        injected = Injected(laptop, NAMES, sandboxes)
        server = laptop.serve(0, routes(questions(laptop, NAMES) | injected.questions()))
        looked_at = look_at_library(lending, server.url)
        watching = Watching(looked_at.source, looked_at.drawn.feed())
        app = console_app(watching, looked_at.fixed, *pages(looked_at), packages_of_page(), TOKEN)
        with Server(app).start() as served:
            visitor = Visitor(served.url)
            visitor.enter()
            yield Library(laptop, looked_at, visitor, carrier)
        watching.close()


def look_at_library(lending: Path, endpoint: str) -> StageLookedAt:
    """Look at the library as the command does that is typed in its folder."""
    (lending / "cdk.out" / FINGERPRINT).write_text(fingerprint(LENDING))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CDK_OUTDIR", str(lending / "cdk.out"))
        patch.setattr("ensemble.command_line.project.project_root", lambda: LENDING)
        return look_at(Console(file=StringIO()), Place("dev", endpoint, is_laptop=True))


@pytest.fixture
def library(running: Library) -> Library:
    """That one, with copies on its shelf."""
    (opening,) = SCENARIO.opening
    running.put(opening.type, opening.source, {**opening.fields, "receipt_id": f"receipt-{running.laptop.now()}"})
    return running
