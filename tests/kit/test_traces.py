"""Which trace an event is of, and what of it goes on."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from functions.kit.envelope import completed
from functions.kit.inbox import content_of
from functions.kit.traces import Trace, segment_id, trace_of, trace_of_header
from tests.kit.conftest import record
from tests.kit.test_identity import OUTSIDE

ID, PARENT = "58406520a006649127e371903a2de979", "53995c3f42cd8ad8"
HEADER = "Root=1-58406520-a006649127e371903a2de979;Parent=53995c3f42cd8ad8;Sampled=1"
TRACEPARENT = f"00-{ID}-{PARENT}-01"
COMMAND = {"event_id": "e-1", "timestamp": "2016-12-01T18:00:00.123Z", "hops": 0}

NONE = [
    *(
        "",
        "x",
        7,
        None,
        [TRACEPARENT],
        {"a": 1},
        f"{TRACEPARENT} ",
        f"{TRACEPARENT}-00",
        TRACEPARENT.upper(),
        "00-1-1-01",
    ),
    *(f"ff-{ID}-{PARENT}-01", f"00-{'0' * 32}-{PARENT}-01", f"00-{ID}-{'0' * 16}-01", f"00-{ID}-{PARENT}-1"),
]
"""What stands in the place of a `traceparent` and is none."""


def test_a_trace_is_written_as_x_ray_and_as_w3c_write_it() -> None:
    trace = Trace(ID, PARENT)

    assert (trace.header, trace.traceparent) == (HEADER, TRACEPARENT)
    assert trace_of_header(trace.header) == trace
    assert trace_of({"traceparent": trace.traceparent}, "", may_begin=False) == trace


@pytest.mark.parametrize(
    "header", ["", "Root=1-5", HEADER[:-1] + "0", HEADER[:-1] + "?", "Root=x;Sampled=1", HEADER.upper()]
)
def test_a_header_of_what_is_not_recorded_or_is_none_names_no_trace(header: str) -> None:
    assert trace_of_header(header) is None


def test_a_header_may_name_no_parent_and_then_no_traceparent_can() -> None:
    trace = trace_of_header("Root=1-58406520-a006649127e371903a2de979;Sampled=1;Lineage=a:0")

    assert trace == Trace(ID)
    assert trace.header == "Root=1-58406520-a006649127e371903a2de979;Sampled=1"
    assert trace.traceparent == ""


def test_the_events_own_word_counts_before_that_of_its_message() -> None:
    other = f"00-{'a' * 32}-{'b' * 16}-01"

    assert trace_of({"traceparent": other}, HEADER, may_begin=True) == Trace("a" * 32, "b" * 16)
    assert trace_of({}, HEADER, may_begin=True) == Trace(ID, PARENT)


def test_a_sender_who_records_nothing_has_decided_for_all() -> None:
    assert trace_of({**COMMAND, "traceparent": TRACEPARENT[:-1] + "0"}, HEADER, may_begin=True) is None
    assert trace_of(COMMAND, HEADER[:-1] + "0", may_begin=True) is None


def test_who_hears_what_begins_a_trace_finds_the_same_one() -> None:
    trace = trace_of(COMMAND, "", may_begin=True)
    again = trace_of({**COMMAND, "timestamp": "2016-12-01T18:00:00.900+00:00"}, "", may_begin=True)

    assert trace is not None
    assert trace == again
    assert re.fullmatch(r"1-58406520-[0-9a-f]{24}", trace.root)
    assert trace != trace_of({**COMMAND, "event_id": "e-2"}, "", may_begin=True)
    assert trace_of(COMMAND, "", may_begin=False) is None


@pytest.mark.parametrize("lacking", [{"event_id": None}, {"timestamp": "x"}, {"timestamp": "0001-01-01T00:00:00Z"}])
def test_what_has_no_identity_begins_no_trace(lacking: dict[str, Any]) -> None:
    assert trace_of({**COMMAND, **lacking}, "", may_begin=True) is None


def test_a_services_segment_of_an_event_has_the_same_id_at_each_attempt_and_no_others() -> None:
    ids = [segment_id(*of) for of in [("a", "e-1"), ("a", "e-1"), ("b", "e-1"), ("a", "e-2")]]

    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
    assert all(re.fullmatch("[0-9a-f]{16}", id) for id in ids)


@pytest.mark.parametrize("value", NONE)
@pytest.mark.parametrize("doors", [{}, OUTSIDE.doors])
def test_what_is_no_traceparent_is_left_out_and_refused_by_nobody(value: Any, doors: Any) -> None:
    sent = json.loads(record("ParcelSplit", {"locker_id": "l-1", "traceparent": value})["body"])

    assert "traceparent" not in completed(sent, "1.0", doors)


@pytest.mark.parametrize("doors", [{}, OUTSIDE.doors])
def test_a_traceparent_of_any_sender_is_kept(doors: Any) -> None:
    sent = json.loads(record("ParcelSplit", {"locker_id": "l-1", "traceparent": TRACEPARENT})["body"])

    assert completed(sent, "1.0", doors)["traceparent"] == TRACEPARENT


def test_an_event_that_is_sent_again_in_another_trace_is_the_same_event() -> None:
    sent = {"locker_id": "l-1"}

    assert content_of(sent) == content_of({**sent, "traceparent": TRACEPARENT}) != content_of({"locker_id": "l-2"})
