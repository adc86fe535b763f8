"""What functions met is read in what they print, each line once, and in the invocations that failed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ensemble.aws.errors import InvocationFailed
from ensemble.command_line.run.fault_log import FaultLog
from ensemble.command_line.run.faults import MAXIMUM_CHARACTERS, Tally, texts_of
from ensemble.laptop import Laptop
from ensemble.laptop.output import MAXIMUM_LINES
from tests.toolkit.command_line.failing import ids, laptop_with, postponed


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    with laptop_with(tmp_path, "dev-loan", "dev-shelf") as laptop:
        yield laptop


RECORD = """{"id": "1", "source": "desk", "time": "2026-01-01T00:00:00Z", "detail-type": "LoanRequested",
  "detail": {"event_id": "e-1", "correlation_id": "w-1"}}"""


def prints(laptop: Laptop, *lines: object, function: str = "dev-shelf") -> None:
    laptop.invoke(function, {"lines": lines})


def test_each_postponement_is_told_with_its_function_and_reason(laptop: Laptop) -> None:
    log = FaultLog(laptop)

    prints(laptop, postponed("NotYet: one"), postponed("NotYet: two"))
    prints(laptop, postponed("VersionConflict: three"), function="dev-loan")

    assert texts_of(log.new()) == [
        "dev-loan postponed an event: VersionConflict: three",
        "dev-shelf postponed an event: NotYet: one",
        "dev-shelf postponed an event: NotYet: two",
    ]


def test_a_postponement_is_told_at_the_first_look_after_it_only(laptop: Laptop) -> None:
    log = FaultLog(laptop)
    prints(laptop, postponed("NotYet: one"), "", "x")
    first = texts_of(log.new())

    nothing = texts_of(log.new())
    prints(laptop, "x", "", postponed("NotYet: two"), "", "x")
    second = texts_of(log.new())

    assert first == ["dev-shelf postponed an event: NotYet: one"]
    assert nothing == []
    assert second == ["dev-shelf postponed an event: NotYet: two"]


def test_all_that_is_kept_is_looked_at_when_the_last_line_seen_is_gone(laptop: Laptop) -> None:
    log = FaultLog(laptop)
    prints(laptop, postponed("NotYet: one"))
    texts_of(log.new())

    prints(laptop, postponed("NotYet: two"), *["a line"] * MAXIMUM_LINES, postponed("NotYet: three"))

    assert texts_of(log.new()) == ["dev-shelf postponed an event: NotYet: three"]


def test_what_only_speaks_of_postponing_is_no_postponement(laptop: Laptop) -> None:
    metric = {"_aws": {"CloudWatchMetrics": [{"Metrics": [{"Name": "EventPostponed"}]}]}, "EventPostponed": [1.0]}
    log = FaultLog(laptop)

    prints(laptop, metric, "EventPostponed", '"EventPostponed"', ["EventPostponed"], {"message": "EventPostponed it"})

    assert texts_of(log.new()) == []


def test_what_was_postponed_before_is_not_told(laptop: Laptop) -> None:
    prints(laptop, postponed("NotYet: one"))

    assert texts_of(FaultLog(laptop).new()) == []


def test_a_fault_has_its_message_and_the_projects_own_lines_and_names_its_event(laptop: Laptop) -> None:
    log = FaultLog(laptop)

    laptop.invoke("dev-shelf", {"raised": [postponed("ValueError", **ids(1))]})

    (fault,) = log.new()
    head, *rest = fault.lines
    assert head.startswith("dev-shelf postponed LoanRequested: ValueError: 0 copies of a long title")
    assert head.endswith("... (from ZeroDivisionError: integer division or modulo by zero)")
    assert len(head) < 2 * MAXIMUM_CHARACTERS
    assert rest == [
        "    functions/handler.py:10 handler",
        "        decide(line)",
        "    functions/shelf/domain.py:3 decide",
        '        return shared(line["number"])',
        "    functions/shelf/domain.py:9 shared",
        "        raise ValueError(f\"{number} copies of {'a long title ' * 99}\") from error",
        "    event e-1, workflow w-1, service shelf, try 1",
    ]


def test_a_fault_is_the_same_for_every_event_that_meets_it_at_the_same_place(laptop: Laptop) -> None:
    log, tally = FaultLog(laptop), Tally()
    laptop.invoke("dev-shelf", {"raised": [postponed("ValueError", **ids(number)) for number in (1, 2)]})
    laptop.invoke("dev-shelf", {"raised": [postponed("ValueError", **ids(3) | {"type": "LoanReturned"})]})

    faults = log.new()

    assert [tally.add(fault) for fault in faults] == [1, 2, 1]
    first, second = texts_of(faults)
    assert first.endswith("event e-1, workflow w-1, service shelf, try 1\n    2 times")
    assert second.endswith("event e-3, workflow w-3, service shelf, try 3")


def test_of_the_faults_the_latest_are_known(laptop: Laptop) -> None:
    log, tally = FaultLog(laptop), Tally(maximum=2)
    prints(laptop, *(postponed(reason) for reason in ("one", "two", "one", "three", "one", "two")))

    assert [tally.add(fault) for fault in log.new()] == [1, 1, 2, 1, 3, 1]


def test_what_the_kit_raises_as_planned_has_no_places(laptop: Laptop) -> None:
    log = FaultLog(laptop)

    laptop.invoke("dev-shelf", {"raised": [postponed("NotYet: no copy is known", **ids(2), level="WARNING")]})

    assert texts_of(log.new()) == [
        "dev-shelf postponed LoanRequested: NotYet: no copy is known\n    event e-2, workflow w-2, service shelf, try 2"
    ]


def test_an_invocation_that_fails_as_a_whole_is_a_fault_with_the_first_event_of_its_batch(laptop: Laptop) -> None:
    log = FaultLog(laptop)
    with pytest.raises(InvocationFailed):
        laptop.invoke("dev-shelf", {"Records": [{"body": "no event"}, {"body": RECORD}]})

    (fault,) = log.new()
    again = log.new()

    assert fault.head.startswith("dev-shelf failed on LoanRequested: ValueError: 0 copies")
    assert [place for place, _ in fault.places] == [
        "functions/handler.py:15 handler",
        "functions/shelf/domain.py:3 decide",
        "functions/shelf/domain.py:9 shared",
    ]
    assert fault.lines[-1] == "    event e-1, workflow w-1"
    assert again == []


def test_the_places_are_found_where_the_code_names_the_projects_files(tmp_path: Path) -> None:
    with laptop_with(tmp_path, "dev-shelf", has_project=True) as laptop:
        log = FaultLog(laptop)

        laptop.invoke("dev-shelf", {"raised": [postponed("ValueError: secret", **ids(1))]})
        (fault,) = log.new()

    domain = laptop.function("dev-shelf").module.decide.__code__.co_filename
    assert domain == str(tmp_path / "project" / "functions" / "shelf" / "domain.py")
    assert [place for place, _ in fault.places][-1] == "functions/shelf/domain.py:9 shared"
