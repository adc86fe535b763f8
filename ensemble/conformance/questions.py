"""What a question is, and what it may ask with: clients of AWS's services, resources of its own, and time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError

Answer = Any
"""What JSON can write, and booleans: compared by being equal."""

Need = tuple[str, dict[str, Any]]
"""A resource: its type and its properties, as CloudFormation has both."""

Needs = Mapping[str, Need]
"""Resources by the names that the question calls them."""

AS_GIVEN = Config(
    parameter_validation=False,
    retries={"total_max_attempts": 1},
    connect_timeout=5,
    read_timeout=30,
    max_pool_connections=2,
)
"""A client sends what it is given, once: what is wrong with it, the other side must say."""

SECONDS_OF_A_STEP = 0.25


@dataclass(frozen=True)
class World:
    """Something that answers as AWS does. `client` makes a client of a service, `wait` lets seconds pass.

    `prefix`: what the names of this question's resources begin with. `refuses`: whether it refuses a resource.
    `patience`: how long, in seconds, is waited for what should come.
    """

    account_id: str
    region: str
    prefix: str
    client: Callable[[str], Any]
    wait: Callable[[float], None]
    refuses: Callable[[str, dict[str, Any]], bool]
    patience: float = 20.0
    _clients: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, service: str) -> Any:
        """Return the client of a service."""
        if service.startswith("_"):
            raise AttributeError(service)
        if service not in self._clients:
            self._clients[service] = self.client(service)
        return self._clients[service]

    def named(self, name: str) -> str:
        """Return the real name of a resource."""
        return f"{self.prefix}{name}"

    def arn(self, service: str, resource: str) -> str:
        """Return an ARN in this account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account_id}:{resource}"

    def url(self, queue: str = "queue") -> str:
        """Return a queue's URL."""
        return str(self.sqs.get_queue_url(QueueName=self.named(queue))["QueueUrl"])

    def until(self, look: Callable[[], Answer], seconds: float | None = None) -> Answer:
        """Look until there is something, or the time is over; return what was seen last."""
        for _ in range(int((self.patience if seconds is None else seconds) / SECONDS_OF_A_STEP)):
            if seen := look():
                return seen
            self.wait(SECONDS_OF_A_STEP)
        return look()


Ask = Callable[[World], Answer]


@dataclass(frozen=True)
class Question:
    """A question: a sentence, the document of AWS and what it says, the answer that follows from it."""

    sentence: str
    document: str
    expected: Answer
    ask: Ask
    needs: Needs


class Area:
    """The questions about one service, in the order in which they are written."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.questions: list[Question] = []

    def asks(self, document: str, expected: Answer, **needs: Need) -> Callable[[Ask], Ask]:
        """Make a function a question: its name is the sentence."""

        def taken(ask: Ask) -> Ask:
            sentence = ask.__name__.replace("_", " ").strip()
            self.questions.append(Question(sentence, document, expected, ask, needs))
            return ask

        return taken


def error_of(call: Callable[[], Any]) -> str:
    """Return the code of the error that a call is answered with; `none` where it succeeds."""
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"].rpartition(".")[2].rpartition("#")[2]
    return "none"


def real_wait(seconds: float) -> None:
    """Let time pass where it is real."""
    time.sleep(seconds)
