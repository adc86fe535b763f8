"""What targets of rules are sent: paths, templates, and what of a target is not run."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ensemble.aws.errors import DeliveryRefused, PropertyUnsupported
from ensemble.aws.paths import MISSING, at, steps_of
from ensemble.aws.rules import Rule
from ensemble.aws.targets import kind_of, target_of

HERE = "eu-west-1:000000000000"
QUEUE = f"arn:aws:sqs:{HERE}:inbox"
RULE = Rule("placed", f"arn:aws:events:{HERE}:rule/lending/placed", "lending")
EVENT: dict[str, Any] = {
    "id": "e-1",
    "detail-type": "LoanRequested",
    "resources": ["arn:one", "arn:two"],
    "detail": {"loan_id": "l-1", "n": 3, "ok": True, "said": 'a "b"', "books": [{"isbn": "x"}, {"isbn": "y"}]},
}


def payload(**properties: Any) -> str:
    target = target_of({"Id": "0", "Arn": QUEUE, **properties}, left_out=())
    return RULE.payload(target, EVENT, json.dumps(EVENT), 1_767_225_600)


def transformed(template: str, **paths: str) -> str:
    return payload(InputTransformer={"InputTemplate": template, "InputPathsMap": paths})


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", EVENT),
        ("$.detail-type", "LoanRequested"),
        ("$.resources[1]", "arn:two"),
        ("$.detail.books[0].isbn", "x"),
        ("$.detail.books[*].isbn", ["x", "y"]),
        ("$.resources.*", ["arn:one", "arn:two"]),
        ("$.detail.books[2].isbn", MISSING),
        ("$.detail.loan_id.more", MISSING),
        ("$.nothing", MISSING),
    ],
)
def test_a_path_finds_what_is_there(path: str, found: Any) -> None:
    assert at(EVENT, steps_of(path) or ()) == found


@pytest.mark.parametrize("path", ["detail", "$detail", "$.", "$.a[?(@.b)]", "$['a']", "$..a", "$.a[-1]", "$.a b"])
def test_what_eventbridge_does_not_read_is_no_path(path: str) -> None:
    assert steps_of(path) is None


@pytest.mark.parametrize(
    ("template", "made"),
    [
        ('"loan <loan> has <n>"', '"loan l-1 has 3"'),
        ('"loan \\"<loan>\\""', '"loan \\"l-1\\""'),
        ('{ "loan" : <loan>, "n": [9, <n>, true] }', '{"loan":"l-1","n":[9,3,true]}'),
        ('{"loan": "<loan>", "says": "it is <ok>"}', '{"loan":"l-1","says":"it is true"}'),
        ('{"all": <books>}', '{"all":[{"isbn":"x"},{"isbn":"y"}]}'),
        ('"<books>"', '"[{isbn:x},{isbn:y}]"'),
        ('"gone: <gone>."', '"gone: ."'),
        ('{"gone": <gone>}', '{"gone":""}'),
        ("<loan>", '"l-1"'),
        ('"said <said>"', '"said a "b""'),  # what is in quotes is not escaped
        (
            '{"rule": <aws.events.rule-name>, "arn": "<aws.events.rule-arn>"}',
            f'{{"rule":"placed","arn":"{RULE.arn}"}}',
        ),
        ('"at <aws.events.event.ingestion-time>"', '"at 2026-01-01T00:00:00Z"'),
        ('{"event": <aws.events.event.json>}', '{"event":' + json.dumps(EVENT, separators=(",", ":")) + "}"),
    ],
)
def test_a_template_takes_values_of_the_event(template: str, made: str) -> None:
    paths = {"loan": "$.detail.loan_id", "said": "$.detail.said", "gone": "$.detail.gone"}
    paths |= {"n": "$.detail.n", "ok": "$.detail.ok", "books": "$.detail.books"}

    assert transformed(template, **paths) == made


def test_the_event_in_a_template_is_without_its_detail() -> None:
    assert json.loads(transformed("<aws.events.event>")) == {k: v for k, v in EVENT.items() if k != "detail"}


def test_a_part_of_the_event_may_be_an_element_and_is_null_where_nothing_is() -> None:
    assert payload(InputPath="$.resources[0]") == '"arn:one"'
    assert payload(InputPath="$.resources[7]") == "null"


@pytest.mark.parametrize(
    ("properties", "why"),
    [
        ({"InputPath": "$.a[?(@.b)]"}, r"only names, dots, indices and \* are run, not \$\.a\[\?"),
        ({"InputPath": "$.a", "Input": "{}"}, "Input and InputPath, and AWS takes one of them"),
        ({"InputTransformer": {"InputTemplate": "<gone>"}}, "has <gone>, for which there is no path"),
        ({"InputTransformer": {"InputTemplate": "<a>", "InputPathsMap": {"a": "a"}}}, "are run, not a"),
        ({"Arn": QUEUE + ".fifo"}, "needs a MessageGroupId in its SqsParameters"),
        ({"Arn": f"arn:aws:lambda:{HERE}:function:f", "SqsParameters": {}}, "it has SqsParameters, which is not run"),
        ({"Arn": f"arn:aws:kinesis:{HERE}:stream/s"}, "only queues, functions, topics, buses and API destinations"),
        ({"Arn": f"arn:aws:events:{HERE}:event-bus/b", "Input": "{}"}, "the input of an event bus cannot be changed"),
        ({"Arn": "nothing"}, "only queues"),
    ],
)
def test_a_target_that_is_not_run_says_why(properties: dict[str, Any], why: str) -> None:
    with pytest.raises(PropertyUnsupported, match=why):
        target_of({"Id": "0", "Arn": QUEUE, **properties}, left_out=())


@pytest.mark.parametrize(
    ("arn", "kind"),
    [
        (f"arn:aws:events:{HERE}:api-destination/partner/1", "api-destination"),
        (f"arn:aws:events:{HERE}:event-bus/lending", "event-bus"),
        (QUEUE, "sqs"),
    ],
)
def test_a_target_is_of_a_kind_by_its_arn(arn: str, kind: str) -> None:
    assert kind_of(arn) == kind


def test_the_group_of_a_message_may_be_a_text_of_the_event() -> None:
    def group(of: str) -> str | None:
        return target_of({"Arn": QUEUE + ".fifo", "SqsParameters": {"MessageGroupId": of}}, ()).group_of(EVENT)

    assert (group("all"), group("$.detail.loan_id")) == ("all", "l-1")
    with pytest.raises(DeliveryRefused, match=r"INVALID_PARAMETER: the event has no text at \$\.detail\.n"):
        group("$.detail.n")
