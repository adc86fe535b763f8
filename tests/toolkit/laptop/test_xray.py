"""X-Ray on the laptop: what its daemon takes, what is kept, and what its operations answer."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from ensemble.aws.errors import AwsError
from ensemble.laptop.xray.api import TRACES_OF_A_PAGE, XRayApi
from ensemble.laptop.xray.daemon import Daemon
from ensemble.laptop.xray.traces import LARGEST_TRACE, MOST_TRACES, DocumentRefused, Traces

START = 1_700_000_000.0
ALL = {"StartTime": START - 1, "EndTime": START + 10_000}


def trace_id(number: int = 1) -> str:
    return f"1-00000000-{number:024x}"


def segment(number: int = 1, **said: Any) -> str:
    known = {"name": "locker", "id": f"{number:016x}", "trace_id": trace_id(number)}
    return json.dumps({**known, "start_time": START + number, "end_time": START + number + 1, **said})


@pytest.fixture
def traces() -> Traces:
    return Traces()


@pytest.fixture
def api(traces: Traces) -> XRayApi:
    return XRayApi(traces, lambda: START + 60)


@pytest.fixture
def daemon(traces: Traces) -> Iterator[Daemon]:
    made = Daemon(traces)
    yield made
    made.close()


def found(api: XRayApi, expression: str = "") -> list[str]:
    answer = api.operations["GetTraceSummaries"]({**ALL, "FilterExpression": expression})
    return [one["Id"] for one in answer["TraceSummaries"]]


def test_the_daemon_takes_documents_and_counts_what_is_none(traces: Traces, daemon: Daemon) -> None:
    host, port = daemon.address.split(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for packet in (b'{"format": "json", "version": 1}\n' + segment().encode(), b"", b"\nnone", b"x" * 60_000):
            sender.sendto(packet, (host, int(port)))

    daemon.take()

    assert traces.get(trace_id()) is not None
    assert daemon.refused == 3


@pytest.mark.parametrize(
    "wrong",
    [
        *("", "[]", "{", "7", "[" * 100_000),
        segment(id="1"),
        segment(trace_id="1-2-3"),
        segment(name=None),
        segment(start_time="now"),
        json.dumps({name: value for name, value in json.loads(segment()).items() if name != "end_time"}),
    ],
)
def test_a_document_that_is_none_is_refused_with_its_reason(traces: Traces, api: XRayApi, wrong: str) -> None:
    with pytest.raises(DocumentRefused):
        traces.put(wrong)

    answer = api.operations["PutTraceSegments"]({"TraceSegmentDocuments": [wrong, segment(in_progress=True)]})
    assert len(answer["UnprocessedTraceSegments"]) == 1
    assert found(api) == [trace_id()]


def test_a_trace_is_answered_whole_and_one_that_is_unknown_is_named(traces: Traces, api: XRayApi) -> None:
    traces.put(segment())
    traces.put(segment(id="a" * 16, trace_id=trace_id(), start_time=START + 5, end_time=START + 9))

    answer = api.operations["BatchGetTraces"]({"TraceIds": [trace_id(), trace_id(2)]})

    (trace,) = answer["Traces"]
    assert (trace["Id"], trace["Duration"], trace["LimitExceeded"]) == (trace_id(), 8.0, False)
    assert {one["Id"]: json.loads(one["Document"])["name"] for one in trace["Segments"]} == {
        f"{1:016x}": "locker",
        "a" * 16: "locker",
    }
    assert answer["UnprocessedTraceIds"] == [trace_id(2)]
    with pytest.raises(AwsError, match="6 traces"):
        api.operations["BatchGetTraces"]({"TraceIds": [trace_id()] * 6})


def test_a_summary_has_the_annotations_of_all_parts_and_says_what_met_a_fault(traces: Traces, api: XRayApi) -> None:
    step = {"name": "step", "id": "b" * 16, "annotations": {"cold": True}}
    traces.put(segment(fault=True, annotations={"type": "ParcelArrived", "attempt": 2}, subsegments=[step]))

    (summary,) = api.operations["GetTraceSummaries"](ALL)["TraceSummaries"]

    assert (summary["HasFault"], summary["HasError"], summary["HasThrottle"]) == (True, False, False)
    assert (summary["StartTime"], summary["Duration"]) == (START + 1, 1.0)
    values = {name: [one["AnnotationValue"] for one in said] for name, said in summary["Annotations"].items()}
    assert values == {
        "type": [{"StringValue": "ParcelArrived"}],
        "attempt": [{"NumberValue": 2}],
        "cold": [{"BooleanValue": True}],
    }
    assert summary["ServiceIds"] == [{"Name": "locker", "Names": ["locker"]}]


def test_traces_are_found_by_annotations_and_marks(traces: Traces, api: XRayApi) -> None:
    traces.put(segment(1, annotations={"row_key": 'o "AND" 1', "attempt": 2}))
    traces.put(segment(2, annotations={"row_key": "o-2"}, fault=True))

    assert found(api) == [trace_id(1), trace_id(2)]
    assert found(api, r'annotation.row_key = "o \"AND\" 1" AND annotation[attempt] = 2') == [trace_id(1)]
    assert found(api, 'fault AND annotation.row_key = "o-2"') == [trace_id(2)]
    assert found(api, 'fault AND annotation.row_key = "o-1"') == []
    with pytest.raises(AwsError, match="responsetime > 5"):
        found(api, "responsetime > 5")


def test_traces_are_found_by_the_time_at_which_they_began(traces: Traces, api: XRayApi) -> None:
    for number in (3, 1, 2):
        traces.put(segment(number))

    answer = api.operations["GetTraceSummaries"]({"StartTime": "2023-11-14T22:13:22Z", "EndTime": START + 3})

    assert [one["Id"] for one in answer["TraceSummaries"]] == [trace_id(2)]


def test_more_traces_than_a_page_are_answered_page_by_page(traces: Traces, api: XRayApi) -> None:
    for number in range(1, TRACES_OF_A_PAGE + 2):
        traces.put(segment(number))

    first = api.operations["GetTraceSummaries"](ALL)
    second = api.operations["GetTraceSummaries"]({**ALL, "NextToken": first["NextToken"]})

    assert [len(one["TraceSummaries"]) for one in (first, second)] == [TRACES_OF_A_PAGE, 1]
    assert "NextToken" not in second
    with pytest.raises(AwsError, match="no token"):
        api.operations["GetTraceSummaries"]({**ALL, "NextToken": "x"})


def test_what_is_kept_is_bounded(traces: Traces, api: XRayApi) -> None:
    for number in range(1, MOST_TRACES + 2):
        traces.put(segment(number))
    large = segment(2, id="c" * 16, metadata="x" * (LARGEST_TRACE - len(segment(2))))
    traces.put(large)

    assert traces.get(trace_id(1)) is None
    (trace,) = api.operations["BatchGetTraces"]({"TraceIds": [trace_id(2)]})["Traces"]
    assert (len(trace["Segments"]), trace["LimitExceeded"]) == (1, True)
