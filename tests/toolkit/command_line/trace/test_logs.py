"""The command `ensemble logs`: what the services have logged of a loan, on a laptop that runs."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from ensemble.command_line.trace.lines import LONGEST_PATTERN, LogLine, found_lines, patterns
from ensemble.command_line.trace.logs import told
from ensemble.laptop.logs.pattern import compiled
from tests.toolkit.command_line.conftest import Outcome
from tests.toolkit.command_line.trace.conftest import Library


def logs(library: Library, asked: str, *options: str) -> Outcome:
    return library.ensemble("logs", asked, "--port", str(library.port), *options)


def test_the_lines_of_a_loan_are_told_in_the_order_of_time(library: Library) -> None:
    library.ask_for("l-lines")
    library.laptop.run_for(20)

    outcome = logs(library, "l-lines")

    lines = outcome.output.splitlines()
    assert outcome.status == 0, outcome.errors
    assert "EventHandled  RequestLoan" in lines[0]
    assert "published LoanRequested" in lines[0]
    assert lines == sorted(lines, key=lambda line: line[:12])
    assert {line.split()[1] for line in lines} >= {"loan", "shelf", "courier"}


def test_a_line_says_why_an_event_waits_and_the_command_may_look_back_so_far(library: Library) -> None:
    library.stop_the_carrier()
    library.ask_for("l-waits")
    library.laptop.run_for(20)

    waits = [line for line in logs(library, "l-waits").output.splitlines() if "EventPostponed" in line]
    assert all("courier" in line and "TimeoutError" in line for line in waits)
    assert "attempt 2" in waits[1]

    library.start_the_carrier()
    library.laptop.run_for(3_600)
    lately = logs(library, "l-waits", "--since", "10s")
    assert (lately.status, "no line of l-waits in dev" in lately.output) == (1, True)


def test_the_document_has_each_line_with_all_it_says(library: Library) -> None:
    library.ask_for("l-json")
    library.laptop.run_for(20)

    document = json.loads(logs(library, "l-json", "--json").output)

    first, *_ = document["lines"]
    assert (document["stage"], document["asked"]) == ("dev", "l-json")
    assert first["line"]["message"] == "EventHandled"
    assert first["log_group"].startswith("/aws/lambda/")
    assert datetime.fromisoformat(document["from"]) <= datetime.fromisoformat(first["at"])


def test_a_command_that_is_refused_is_found_by_its_row(library: Library) -> None:
    library.ask_for("l-refused", copies=-1)
    library.laptop.run_for(20)

    assert "EventDeadLettered" in logs(library, "l-refused").output


def test_of_what_nobody_knows_there_is_no_line(library: Library) -> None:
    outcome = logs(library, "l-nobody")

    assert outcome.status == 1
    assert "no line of l-nobody in dev" in outcome.output


@pytest.mark.parametrize(("asked", "option"), [("", "1h"), ("x" * 3_000, "1h"), ("l-1", "soon")])
def test_what_finds_nothing_is_refused(library: Library, asked: str, option: str) -> None:
    assert logs(library, asked, "--since", option).status == 2


def test_many_workflows_are_looked_for_by_few_patterns_that_are_short_enough() -> None:
    workflows = [f"{number:0128d}" for number in range(20)]
    chosen = list(patterns([*workflows, 'no id" || $.a = "x'], ["order_id#o-1", "order_id#no id"]))

    assert len(chosen) == 4
    assert all(len(pattern) <= LONGEST_PATTERN for pattern in chosen)
    lines = [*({"correlation_id": one} for one in workflows), {"row_key": "order_id#o-1"}]
    assert all(any(compiled(pattern)(json.dumps(line)) for pattern in chosen) for line in lines)
    assert "no id" not in "".join(chosen)


class TwoPages:
    """CloudWatch Logs with a line that two patterns find, on two pages."""

    def get_paginator(self, _operation: str) -> TwoPages:
        return self

    def paginate(self, **_asked: Any) -> list[dict[str, Any]]:
        def event(at: int, timestamp: str) -> dict[str, Any]:
            return {"eventId": timestamp, "timestamp": at, "message": json.dumps({"timestamp": timestamp})}

        return [{"events": [event(2_000, "c"), event(1_000, "b")]}, {"events": [event(1_000, "a")]}]


def test_lines_come_in_their_own_order_and_each_once() -> None:
    workflows = [f"{number:0128d}" for number in range(20)]

    found = found_lines(TwoPages(), ["group"], workflows, [], 0, 3)

    assert [line.fields["timestamp"] for line in found] == ["a", "b", "c"]


def test_a_line_that_says_other_things_is_told_as_far_as_it_can_be() -> None:
    hostile = {"message": "\x1b[31m", "service": None, "type": 5, "attempt": "x", "lag": "y", "published": [1, {}]}

    (line,) = (text for text, _ in told([LogLine(0.0, "group", hostile)]))

    assert "\x1b" not in line
    assert line.startswith("00:00:00.000  None  \\x1b[31m  5  published None")
