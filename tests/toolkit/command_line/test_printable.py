"""Whatever somebody put on a bus is printed without moving the cursor, forging a line or colouring the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from ensemble.command_line.palette import Palette
from ensemble.command_line.run.report import timeline
from ensemble.command_line.run.watch import Watch
from ensemble.command_line.simulate.story import print_trace
from ensemble.command_line.terminal import printable
from ensemble.laptop import Laptop
from ensemble.simulator.schedule import Outcome
from ensemble.simulator.world import START
from tests.toolkit.command_line.failing import laptop_with
from tests.toolkit.command_line.played import good, observed

HOSTILE = "Order\x1b[2J\nall is well\r\x07\u202e"
WRITTEN = r"Order\x1b[2J\nall is well\r\x07\u202e"


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    with laptop_with(tmp_path, "dev-shelf") as laptop:
        yield laptop


@pytest.fixture
def console() -> Console:
    return Console(file=StringIO(), width=200, color_system=None, soft_wrap=True)


def printed(console: Console) -> str:
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_control_characters_are_written_out_and_all_others_stay() -> None:
    assert printable(HOSTILE) == WRITTEN
    assert printable("Königsallee 1, Łódź, 東京 ✗ 😀") == "Königsallee 1, Łódź, 東京 ✗ 😀"


def test_up_prints_each_event_in_one_clean_line(laptop: Laptop, console: Console) -> None:
    detail = {"order_id": HOSTILE, "correlation_id": HOSTILE}
    event = {"id": "1", "time": "2026-01-01T00:00:00Z", "source": HOSTILE, "detail-type": HOSTILE, "detail": detail}

    Watch(console, laptop).show("bus", {**event, "replay-name": HOSTILE})

    assert printed(console).count("\n") == 1
    assert printed(console).count(WRITTEN) == 5
    assert "\x1b" not in printed(console)


def test_demo_prints_each_event_in_one_clean_line(console: Console) -> None:
    events = (observed(HOSTILE, 0), observed("LoanRequested", 1, HOSTILE))

    console.print(timeline(replace(good(), events=events), Palette()))

    assert "\x1b" not in printed(console)
    assert printed(console).count(r"Order\x1b[2J\nall is well") == 2


def test_simulate_prints_each_action_in_one_clean_line(console: Console) -> None:
    print_trace(console, Outcome(1, [], [], {}, {}, 0, 0, trace=[(START, HOSTILE)]))  # type: ignore[arg-type]

    assert printed(console) == f" 0d 00:00:00.000  {WRITTEN}\n"
