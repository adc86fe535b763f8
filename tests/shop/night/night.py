"""A stage at night, and a person who has nothing but a terminal: what was typed, and what was answered."""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

from ensemble.command_line.main import run
from ensemble.command_line.run.control import routes
from ensemble.command_line.run.look import names_of
from ensemble.command_line.run.opening import put, put_opening
from ensemble.command_line.run.up import questions
from ensemble.command_line.stage import pauses
from ensemble.command_line.synthesis import FINGERPRINT, fingerprint
from ensemble.scenario import Command
from functions.kit.model import rfc3339
from scenarios.shop.carrier_sandbox import CarrierSandbox
from scenarios.shop.scenario import SCENARIO
from scenarios.shop.stories import order
from tests.conftest import ROOT
from tests.shop.stories.conftest import ShopLaptop

BEGINS = "2026-01-01T22:00:00Z"
BUS = "shop-dev-ensemble"
MINUTE, HOUR = 60.0, 3_600.0

COLUMNS = "120"


@dataclass
class Night:
    """A running shop, and its log so far. Instants are seconds since 1970."""

    laptop: ShopLaptop
    port: int
    lines: list[str] = field(default_factory=list)
    _alarms: int = 0

    # What happens

    def put(self, *commands: Command) -> None:
        """Put commands on the bus."""
        for command in commands:
            put(self.laptop, command, BUS)

    def put_event(self, source: str, type: str, fields: Mapping[str, Any]) -> None:
        """Put an event on the bus, whatever is in it."""
        self.put(Command(type, source, dict(fields)))

    @property
    def eventbridge(self) -> Any:
        """A client of EventBridge, as whoever has a terminal has it."""
        return boto3.client("events", endpoint_url=f"http://127.0.0.1:{self.port}", region_name="eu-west-1")

    def wait(self, seconds: float) -> None:
        """Let time pass, and note the alarms that change meanwhile."""
        self.laptop.run_for(seconds)
        for change in self.laptop.alarm_changes[self._alarms :]:
            if change.after in ("ALARM", "OK") and not (change.after == "OK" and change.before != "ALARM"):
                word = "goes off" if change.after == "ALARM" else "is quiet again"
                self.lines.append(f"{self._clock(change.at)}  the alarm {change.alarm.name} {word}")
        self._alarms = len(self.laptop.alarm_changes)

    def orders(self) -> Iterator[tuple[str, str]]:
        """Yield each order that there is, with its state."""
        for item in self.laptop.table_items(names_of(self.laptop).table("order")):
            if "state" in item and not item["pk"].startswith("kit#"):
                yield item["pk"], json.loads(item["state"])["status"]

    # What is written down

    def say(self, text: str) -> None:
        """Write down what happens."""
        self.lines.append(f"{self._clock(self.laptop.now())}  {text}")

    def ensemble(self, *arguments: str, status: int = 0) -> str:
        """Type a command of Ensemble, write down what it prints, and return it. Raises AssertionError."""
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), pytest.raises(SystemExit) as ended:
            run((*arguments, "--port", str(self.port)))
        answer = printed.getvalue().rstrip()
        self.lines += [f"$ ensemble {' '.join(arguments)}", *answer.splitlines()]
        assert int(ended.value.code or 0) == status, answer
        return answer

    def _clock(self, instant: float) -> str:
        return rfc3339(datetime.fromtimestamp(instant, UTC))[len("2026-01-01T") : len("2026-01-01T22:00")]

    @property
    def log(self) -> str:
        """All that was written down, without what differs from one night to the next."""
        text = "\n".join(self.lines).replace(f" --endpoint-url http://127.0.0.1:{self.port}", "")
        return re.sub(r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b", "…", text)


def orders(night: Night, name: str, number: int, *, every: float = 0.0) -> None:
    """Place orders, one in each so many seconds."""
    for one in range(number):
        night.put(order(f"{name}-{one}", ("sku-4", 1, 12.5)))
        night.wait(every)


def group(night: Night) -> str:
    """Return the one group of dead letters."""
    before = len(night.lines)
    (group,) = json.loads(night.ensemble("dlq", "list", "--json"))["groups"]
    del night.lines[before:]
    return str(group["group"])


@contextmanager
def falls(assembly: Path, patch: pytest.MonkeyPatch) -> Iterator[Night]:
    """Let a night begin over a shop with stock; while a command waits, time passes there."""
    (assembly / FINGERPRINT).write_text(fingerprint(ROOT))
    patch.setenv("CDK_OUTDIR", str(assembly))
    patch.setenv("COLUMNS", COLUMNS)
    patch.setenv("NO_COLOR", "1")
    with ShopLaptop(assembly / "assembly-dev", CarrierSandbox, start=BEGINS) as laptop:
        server = laptop.serve(0, routes(questions(laptop, names_of(laptop))))
        night = Night(laptop, int(urlsplit(server.url).port or 0))
        patch.setattr(pauses, "now", laptop.now)
        patch.setattr(pauses, "pause", night.wait)
        put_opening(laptop, SCENARIO, BUS)
        laptop.run_for(MINUTE)
        yield night
