"""Asks a world a question, and judges its answer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum

from botocore.exceptions import BotoCoreError, ClientError

from ensemble.conformance.questions import Answer, Needs, Question, World

Open = Callable[[Needs], AbstractContextManager[World]]
"""Opens a world for one question, with the resources that it needs."""


class Verdict(Enum):
    """How an answer stands to AWS's."""

    SAME = "as AWS"
    OTHER = "otherwise"
    NONE = "not answered"


@dataclass(frozen=True)
class Asked:
    """What a world answered to a question; an error that the question does not ask for is its words."""

    verdict: Verdict
    answer: Answer


def asked(question: Question, opened: Open) -> Asked:
    """Ask a world. What it does not know, or has not installed, is not answered; what it fails at is so otherwise."""
    try:
        with opened(question.needs) as world:
            answer = question.ask(world)
    except (ClientError, BotoCoreError, NotImplementedError, ImportError) as error:
        return Asked(Verdict.NONE, _in_words(error))
    except Exception as error:  # what a world answers may lack what every answer of AWS has
        return Asked(Verdict.OTHER, _in_words(error))
    return Asked(Verdict.SAME if answer == question.expected else Verdict.OTHER, answer)


def _in_words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:200]
