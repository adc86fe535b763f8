"""The laptop AWS answers what AWS's documents say, and docs/conformance.md tells it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ensemble.conformance.areas import AREAS
from ensemble.conformance.asking import Asked, Verdict, asked
from ensemble.conformance.laptop import OnTheLaptop
from ensemble.conformance.on_purpose import ON_PURPOSE
from ensemble.conformance.questions import Needs, Question, World
from ensemble.conformance.table import MARKS, table
from tests.conftest import ROOT

QUESTIONS = [question for area in AREAS for question in area.questions]
LAPTOP = OnTheLaptop()

NAMED = re.compile("(SQS|SNS|STS|EventBridge|DynamoDB|AWS Lambda|CloudWatch Logs|Smithy|README of)[ ,]")
"""What the titles of documents begin with."""


@pytest.mark.parametrize("area", AREAS, ids=lambda area: area.name)
def test_the_laptop_answers_as_aws_but_where_it_says_why(area: Any) -> None:
    answers = {question.sentence: asked(question, LAPTOP) for question in area.questions}
    expected = {question.sentence: question.expected for question in area.questions}

    differing = {name: one.answer for name, one in answers.items() if one.verdict is not Verdict.SAME}
    assert {name: (one, expected[name]) for name, one in differing.items() if name not in ON_PURPOSE} == {}
    assert ON_PURPOSE.keys() & answers.keys() == differing.keys()


def test_the_document_is_what_the_laptop_answers() -> None:
    written = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
    marks = dict(re.findall(r"^\| ([a-z].*?) \| ([✓✗-]) \|", written, re.MULTILINE))
    answered = {one.sentence: MARKS[asked(one, LAPTOP).verdict] for one in QUESTIONS}

    assert {name: marks.get(name) for name in answered} == answered
    assert marks.keys() == answered.keys()


def test_no_two_questions_have_one_sentence_and_each_names_a_document() -> None:
    assert [name for name, number in Counter(one.sentence for one in QUESTIONS).items() if number > 1] == []
    assert [one.sentence for one in QUESTIONS if not NAMED.match(one.document)] == []
    assert len(QUESTIONS) >= 150
    assert ON_PURPOSE.keys() - {one.sentence for one in QUESTIONS} == set()


def opened_with(client: Callable[[str], Any]) -> Any:
    """Return what opens a world with these clients."""

    @contextmanager
    def opened(_needs: Needs) -> Iterator[World]:
        yield World("1", "eu-west-1", "", client, lambda _seconds: None, lambda _kind, _properties: False)

    return opened


def question(ask: Callable[[World], Any], expected: Any) -> Question:
    return Question("what is asked", "SQS API Reference, SendMessage", expected, ask, {})


def unanswered(_service: str) -> Any:
    raise ClientError({"Error": {"Code": "UnknownOperationException"}}, "SendMessage")


def test_an_answer_is_judged_by_what_the_document_says() -> None:
    opened = opened_with(lambda service: service)

    assert asked(question(lambda aws: aws.sqs, "sqs"), opened) == Asked(Verdict.SAME, "sqs")
    assert asked(question(lambda aws: aws.sqs, "sns"), opened) == Asked(Verdict.OTHER, "sqs")
    assert asked(question(lambda aws: aws.sqs.send(), "sns"), opened).verdict is Verdict.OTHER
    assert asked(question(lambda aws: aws.sqs, "sqs"), opened_with(unanswered)).verdict is Verdict.NONE


def test_whoever_answers_otherwise_is_named_with_the_document() -> None:
    same = {one.sentence: Asked(Verdict.SAME, one.expected) for one in QUESTIONS}
    first = QUESTIONS[0]
    other = same | {first.sentence: Asked(Verdict.OTHER, "something else")}

    text = table({"laptop": same, "another": other})

    assert f"| {first.sentence} | ✓ | ✗ |" in text
    assert f"- **{first.sentence}**: `" in text
    assert f"({first.document}); another `something else`" in text
    assert text.count("- **") == 1
