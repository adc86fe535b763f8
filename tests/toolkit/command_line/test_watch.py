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
from tests.toolkit.command_line.postponing import laptop_with, postponed

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


def test_each_reason_to_postpone_an_event_is_told_once(laptop: Laptop) -> None:
    pipe = console(80, is_terminal=False)
    watch = Watch(pipe, laptop)

    for reason in ("UndeclaredEmission: ParcelLost", "UndeclaredEmission: ParcelLost", "KeyError"):
        laptop.invoke("dev-courier", {"lines": [postponed(reason), postponed(reason)]})
        watch.look()
        watch.look()

    assert lines(pipe) == [
        "✗ dev-courier postponed an event: UndeclaredEmission: ParcelLost",
        "✗ dev-courier postponed an event: KeyError",
    ]
    assert watch.summary().endswith(": 2.")


def test_a_correlation_id_that_is_no_text_is_shown_as_it_is(laptop: Laptop) -> None:
    pipe = console(80, is_terminal=False)

    Watch(pipe, laptop).show("bus", {**LONGEST, "detail": {"correlation_id": 5}})

    assert lines(pipe)[0].endswith("  5")


def test_a_trouble_is_told_once_counted_once_and_forgotten_when_it_is_gone(laptop: Laptop) -> None:
    pipe = console(80, is_terminal=False)
    watch = Watch(pipe, laptop)
    laptop.before_invoke(lambda _name, _event: kill())
    with pytest.raises(LocalError):
        laptop.invoke("dev-courier", {})

    watch.look()
    watch.look()
    laptop._cloud.invoker.failures.clear()
    watch.look()

    assert lines(pipe) == ["✗ dev-courier failed: Killed('here')"]
    assert watch.summary().endswith(": 1.")
    assert watch._known == {}


def kill() -> None:
    raise Killed("here")
