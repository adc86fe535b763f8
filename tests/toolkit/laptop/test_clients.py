"""What functions ask the laptop AWS by: the kit's client, or botocore's where their stage says so."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ParamValidationError

from ensemble.laptop import Laptop, VirtualClock
from ensemble.laptop.answers import Answer
from ensemble.laptop.wire import Interceptor
from functions.kit.aws.sending import Request
from scenarios.lending.scenario import SCENARIO
from tests.bench.workload import loan
from tests.conftest import NAMES, copy_lending, synthesize


@pytest.fixture
def by_botocore(tmp_path: Path) -> Path:
    """The library, its `dev` asking by botocore."""
    project = copy_lending(tmp_path / "project")
    app = project / "app.py"
    before = '"dev": Configuration(\n'
    assert before in app.read_text()
    app.write_text(app.read_text().replace(before, f'{before}        aws_client="botocore",\n'))
    synthesize(project, project / "cdk.out", "dev")
    return project


Sent = dict[str, Counter[str]]
"""How often each client asked for each operation."""


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    counted: Sent = {"kit": Counter(), "botocore": Counter()}
    send, call = Interceptor.send, Interceptor.__call__

    def by_kit(self: Interceptor, request: Any) -> Any:
        counted["kit"][operation(request)] += 1
        return send(self, request)

    def by_botocore(self: Interceptor, request: Any, **more: Any) -> Any:
        counted["botocore"][operation(request)] += 1
        return call(self, request, **more)

    monkeypatch.setattr(Interceptor, "send", by_kit)
    monkeypatch.setattr(Interceptor, "__call__", by_botocore)
    return counted


def operation(request: Any) -> str:
    """Return the operation of either client's request; "" for one of the query protocol."""
    target = request.headers.get("X-Amz-Target", "")
    return (target.decode() if isinstance(target, bytes) else str(target)).partition(".")[2]


def granted(project: Path) -> int:
    """Lend books on the laptop AWS; return to how many readers."""
    receipt = {"receipt_id": "r-1", "title": "Emma", "copies": 5}
    request = {**loan(1), "books": [{"title": "Emma", "copies": 1}]}
    events: list[str] = []
    with Laptop(project / "cdk.out" / "assembly-dev", VirtualClock(), settings=SCENARIO.settings) as laptop:
        laptop.on_event(lambda _bus, event: events.append(event["detail-type"]))
        for source, type, detail in (("bindery", "AddCopies", receipt), ("desk", "RequestLoan", request)):
            entry = {"EventBusName": NAMES.bus, "Source": source, "DetailType": type, "Detail": json.dumps(detail)}
            laptop.put_events([entry])
            laptop.run_until_idle()
        assert (laptop.failures, laptop.dead_letters()) == ([], {})
    return events.count("LoanGranted")


def test_functions_ask_by_the_kit_s_client_but_for_secrets(lending: Path, sent: Sent) -> None:
    assert granted(lending) == 1
    assert sent["kit"].keys() >= {"GetItem", "PutItem", "PutEvents", ""}
    assert sent["botocore"].keys() == {"GetParameter"}


def test_a_stage_may_ask_by_botocore(by_botocore: Path, sent: Sent) -> None:
    assert granted(by_botocore) == 1
    assert sent["botocore"].keys() >= {"GetItem", "PutItem", "PutEvents", ""}
    assert not sent["kit"]


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({"TableName": "t", "Item": {}, "ConditionExpresion": "x"}, 'Unknown parameter in input: "ConditionExpresion"'),
        ({"TableName": "t", "Item": {"pk": {"S": 7}}}, "Invalid type for parameter Item.pk.S"),
        ({"TableName": "t"}, 'Missing required parameter in input: "Item"'),
    ],
)
def test_a_request_that_aws_would_take_for_another_is_refused_on_the_laptop(body: object, complaint: str) -> None:
    interceptor = Interceptor(lambda _headers, _body: Answer(200, {}, b"{}"))
    request = Request("https://a", {"X-Amz-Target": "DynamoDB_20120810.PutItem"}, json.dumps(body).encode())

    with pytest.raises(ParamValidationError) as refused:
        interceptor.send(request)

    assert complaint in str(refused.value)
