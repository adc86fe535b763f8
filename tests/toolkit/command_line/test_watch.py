"""What `ensemble up` prints for events and troubles, in a terminal and in a pipe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from ensemble.command_line.run.watch import Watch
from ensemble.laptop import Killed, Laptop, LocalError
from tests.toolkit.command_line.failing import ids, laptop_with, postponed
from tests.toolkit.laptop.test_alarms import OF_QUEUE, laptop_of

WORKFLOW = "0f8fad5b-d9cb-469f-a165-70867728950e"
LONGEST: Mapping[str, Any] = {
    "id": "bridge-1",
    "time": "2026-01-01T00:00:00Z",
    "source": "front-desk",
    "detail-type": "LoanCancellationRecognised",
    "detail": {"receipt_id": "receipt-a1b2c3d4", "correlation_id": WORKFLOW},
}


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    with laptop_with(tmp_path, "dev-courier") as laptop:
        yield laptop


def console(width: int, is_terminal: bool) -> Console:
    return Console(file=StringIO(), width=width, force_terminal=is_terminal, color_system=None, soft_wrap=True)


def lines(console: Console) -> list[str]:
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined, no-any-return]


def test_the_heads_and_a_long_event_fit_a_terminal_of_80_columns(laptop: Laptop) -> None:
    terminal = console(80, is_terminal=True)
    watch = Watch(terminal, laptop)

    watch.head()
    watch.show("bus", LONGEST)

    head, line = lines(terminal)
    assert line.endswith("  LoanCancellationRecognised  front-desk  receipt-a1b2c3d4  0f8fad5b")
    assert len(head) == len(line) == 80
    assert head.index("workflow") == line.index("0f8fad5b")


@pytest.mark.parametrize(("width", "is_terminal"), [(108, True), (80, False)])
def test_the_correlation_id_is_whole_where_it_fits_and_in_a_pipe(laptop: Laptop, width: int, is_terminal: bool) -> None:
    wide = console(width, is_terminal)

    Watch(wide, laptop).show("bus", LONGEST)

    assert lines(wide)[0].endswith(f"  {WORKFLOW}")


def test_the_correlation_id_is_short_where_it_would_just_not_fit(laptop: Laptop) -> None:
    terminal = console(107, is_terminal=True)

    Watch(terminal, laptop).show("bus", LONGEST)

    assert lines(terminal)[0].endswith("  0f8fad5b")


def test_each_fault_is_printed_once_and_then_its_count_each_time_that_it_has_doubled(laptop: Laptop) -> None:
    pipe = console(80, is_terminal=False)
    watch = Watch(pipe, laptop)

    for number in (1, 2, 3, 4):
        laptop.invoke("dev-courier", {"lines": [postponed("UndeclaredEmission: ParcelLost", **ids(number))]})
        watch.look()
        watch.look()

    assert lines(pipe) == [
        "✗ dev-courier postponed LoanRequested: UndeclaredEmission: ParcelLost",
        "    event e-1, workflow w-1, service shelf, try 1",
        "✗ dev-courier postponed LoanRequested: UndeclaredEmission: ParcelLost (2 times)",
        "✗ dev-courier postponed LoanRequested: UndeclaredEmission: ParcelLost (4 times)",
    ]
    assert watch.summary().endswith(": 1.")


def test_a_dead_letter_of_the_kits_own_is_not_printed_beside_what_its_queue_says(laptop: Laptop) -> None:
    pipe = console(80, is_terminal=False)
    watch = Watch(pipe, laptop)
    dead = postponed("ContractViolation: no", message="EventDeadLettered", level="WARNING")

    laptop.invoke("dev-courier", {"lines": [dead]})
    watch.look()

    assert lines(pipe) == []


def test_a_correlation_id_that_is_no_text_is_shown_as_it_is(laptop: Laptop) -> None:
    pipe = console(80, is_terminal=False)

    Watch(pipe, laptop).show("bus", {**LONGEST, "detail": {"correlation_id": 5}})

    assert lines(pipe)[0].endswith("  5")


def test_a_failed_invocation_is_printed_once_and_counted_once(laptop: Laptop) -> None:
    pipe = console(80, is_terminal=False)
    watch = Watch(pipe, laptop)
    laptop.before_invoke(lambda _name, _event: kill())
    with pytest.raises(LocalError):
        laptop.invoke("dev-courier", {})

    watch.look()
    watch.look()

    assert lines(pipe) == ["✗ dev-courier failed on an event: Killed: here"]
    assert watch.summary().endswith(": 1.")


def kill() -> None:
    raise Killed("here")


def test_an_alarm_is_told_of_once_when_it_goes_off_and_once_when_it_is_quiet_again(tmp_path: Path) -> None:
    with laptop_of(tmp_path, OF_QUEUE) as laptop:
        pipe = console(80, is_terminal=False)
        watch = Watch(pipe, laptop)
        laptop.run_for(5 * 60)
        watch.look()
        assert lines(pipe) == []

        laptop.queue("work").send("text")
        for _ in range(3):
            laptop.run_for(60)
            watch.look()
        assert lines(pipe) == ["! alarm waiting goes off: Messages wait."]

        laptop.queue("work").purge()
        laptop.run_for(10 * 60)
        watch.look()
        watch.look()
        assert lines(pipe)[1:] == ["✓ alarm waiting is quiet again, after 3 min"]


def test_an_alarm_that_went_off_and_was_quiet_again_between_two_looks_is_told_of(tmp_path: Path) -> None:
    with laptop_of(tmp_path, OF_QUEUE) as laptop:
        pipe = console(80, is_terminal=False)
        watch = Watch(pipe, laptop)
        laptop.queue("work").send("text")
        laptop.run_for(3 * 60)
        laptop.queue("work").purge()
        laptop.run_for(10 * 60)

        watch.look()

        assert [line[:1] for line in lines(pipe)] == ["!", "✓"]
