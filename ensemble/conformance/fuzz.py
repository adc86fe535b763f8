"""`python -m ensemble.conformance.fuzz`: sends the laptop AWS what no client should, and says what is no answer."""

from __future__ import annotations

import argparse
import io
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from traceback import format_exc
from xml.etree import ElementTree

from ensemble.conformance.areas.events import heard
from ensemble.conformance.areas.items import SORTED, STREAMED
from ensemble.conformance.laptop import ACCOUNT, deployed
from ensemble.conformance.needed import archive, queue, resolved, topic
from ensemble.conformance.requests import Requests
from ensemble.laptop import Laptop
from ensemble.laptop.answers import Answer
from ensemble.laptop.entry import answer_http
from ensemble.laptop.rest import HttpRequest

NEEDS = {**heard(), "archive": archive(), "table": SORTED, "streamed": STREAMED, "topic": topic(), "other": queue()}

REQUESTS_OF_A_LAPTOP = 2_000
"""After so many a new one is asked, so that one does not fill up, and what was deleted is there again."""

SECONDS_AT_MOST = 5.0
"""An answer that takes longer holds up everybody."""


@dataclass
class Report:
    """What came of requests: how many were asked and how many succeeded; `faults`: each with the request it was for."""

    requests: int = 0
    succeeded: int = 0
    slowest: float = 0.0
    faults: list[str] = field(default_factory=list)


def fuzz(requests: int, seed: int) -> Report:
    """Ask so many requests, the same ones for the same seed. No exception is caught on the way but here."""
    report, printed = Report(), io.StringIO()
    chance = Random(seed)
    with redirect_stdout(printed), redirect_stderr(printed):
        for start in range(0, requests, REQUESTS_OF_A_LAPTOP):
            with _laptop() as laptop:
                made = Requests(chance, laptop)
                for _ in range(min(REQUESTS_OF_A_LAPTOP, requests - start)):
                    _ask(laptop, made.next(), report)
    if printed.getvalue():
        report.faults.append(f"printed: {printed.getvalue()[:500]}")
    return report


@contextmanager
def _laptop() -> Iterator[Laptop]:
    found = resolved(NEEDS, "", ACCOUNT.arn, ACCOUNT.queue_url, ACCOUNT.stream_arn)
    resources = {name: {"Type": kind, "Properties": properties} for name, kind, properties in found}
    with TemporaryDirectory() as folder, deployed(Path(folder), resources) as laptop:
        yield laptop


def _ask(laptop: Laptop, request: HttpRequest, report: Report) -> None:
    began = time.perf_counter()
    try:
        answer = answer_http(laptop.answer, request)
        laptop.run_for(0.01)
        fault = _fault(answer)
        report.succeeded += 200 <= answer.status < 300
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        fault = format_exc()
    taken = time.perf_counter() - began
    report.slowest = max(report.slowest, taken)
    if taken > SECONDS_AT_MOST:
        fault = f"it took {taken:.1f} s"
    if fault is not None:
        report.faults.append(f"{fault}\n{_shown(request)}")
    report.requests += 1


def _fault(answer: Answer) -> str | None:
    """Return what is wrong with an answer, None where it is a success or an error of AWS."""
    if not 200 <= answer.status < 500 and answer.status != 503:
        return f"status {answer.status}: {answer.body[:300]!r}"
    kind = answer.headers.get("content-type", "")
    try:
        if "xml" in kind:
            return (
                None
                if answer.status < 300 or ElementTree.fromstring(answer.body).find(".//Code") is not None
                else "no code"
            )
        if "json" in kind and answer.body:
            content = json.loads(answer.body)
            return (
                None
                if answer.status < 300 or "__type" in content or "x-amzn-errortype" in answer.headers
                else "no type"
            )
    except ValueError as error:
        return f"{error}: {answer.body[:300]!r}"
    return None


def _shown(request: HttpRequest) -> str:
    target = request.headers.get("x-amz-target", "")
    return f"{request.method} {request.path[:200]}?{request.query[:200]} {target} {request.body[:1_000]!r}"


def main() -> int:
    """Fuzz, print what came of it, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m ensemble.conformance.fuzz", description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    began = time.process_time()
    report = fuzz(given.requests, given.seed)
    for fault in report.faults[:20]:
        print(fault, end="\n\n")
    print(
        f"{report.requests:,} requests, {report.succeeded:,} of them done, {time.process_time() - began:.0f} s of CPU, "
        f"the slowest in {report.slowest:.2f} s; {len(report.faults)} faults"
    )
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
