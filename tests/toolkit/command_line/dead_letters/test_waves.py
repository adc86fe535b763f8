"""The waves of a redrive: what goes, and when none goes any more, whatever share of a group fails again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ensemble.command_line.dead_letters.forecast import Ahead, Outlook
from ensemble.command_line.dead_letters.reading import DeadLetterQueues
from ensemble.command_line.dead_letters.redriving import Redriven, Redriving

REASON = {"DataType": "String", "StringValue": "ValueError"}


class Stage:
    """A queue with its DLQ, and a consumer that handles at once all but what `fails`; what it gives up comes back."""

    def __init__(self, letters: int, fails: Sequence[int] = ()) -> None:
        self.dead = {f"m-{number}": self.message(f"m-{number}", str(number), {}) for number in range(letters)}
        self.fails, self.handled, self.sent = {str(number) for number in fails}, list[str](), list[str]()
        self.sqs = self
        self.declared = SimpleNamespace(fed={"queue": "service"})

    def message(self, id: str, body: str, attributes: dict[str, Any]) -> dict[str, Any]:
        return {
            "MessageId": id,
            "ReceiptHandle": id,
            "Body": body,
            "Attributes": {"SentTimestamp": "0"},
            "MessageAttributes": {**attributes, "reason": REASON},
        }

    def url(self, queue: str) -> str:
        return queue

    def now(self) -> float:
        return 100.0

    def letter(self, queue: str, message: dict[str, Any]) -> Any:
        return SimpleNamespace(event_id=message["Body"])

    def forecast(self, service: str) -> Any:
        def of(queue: str, messages: list[dict[str, Any]]) -> list[Outlook]:
            return [Outlook(Ahead.DUPLICATE if one["Body"] in self.handled else Ahead.COMMITS) for one in messages]

        return SimpleNamespace(of=of)

    def receive_message(self, *, MaxNumberOfMessages: int, **_: Any) -> dict[str, Any]:  # noqa: N803  # botocore's
        shown = [one for one in self.dead.values() if not one.get("hidden")][:MaxNumberOfMessages]
        for one in shown:
            one["hidden"] = True
        return {"Messages": shown}

    def change_message_visibility_batch(self, *, Entries: list[dict[str, Any]], **_: Any) -> None:  # noqa: N803
        for entry in Entries:
            self.dead[entry["ReceiptHandle"]]["hidden"] = False

    def delete_message(self, *, ReceiptHandle: str, **_: Any) -> None:  # noqa: N803
        del self.dead[ReceiptHandle]

    def send_message(self, *, MessageBody: str, MessageAttributes: dict[str, Any], **_: Any) -> None:  # noqa: N803
        self.sent.append(MessageBody)
        if MessageBody in self.fails:
            id = f"again-{MessageBody}"
            self.dead[id] = self.message(id, MessageBody, MessageAttributes)
        else:
            self.handled.append(MessageBody)

    def get_queue_attributes(self, *, AttributeNames: list[str], **_: Any) -> dict[str, Any]:  # noqa: N803
        return {"Attributes": dict.fromkeys(AttributeNames, "1")}


def redriven(stage: Stage, wanted: set[str] | None = None, waves: list[int] | None = None) -> Redriven:
    queues = cast("DeadLetterQueues", stage)
    ids = set(stage.dead) if wanted is None else wanted
    redriving = Redriving(queues, "queue", ids, rate=1_000.0, pause=lambda _: None, bodies={})
    for done in redriving.run():
        if waves is not None:
            waves.append(done.sent)
    return redriving.done


@pytest.mark.parametrize("seed", range(20))
def test_of_a_fix_that_is_right_for_seventy_percent_at_most_eleven_fail_again(seed: int) -> None:
    stage = Stage(1_000, fails=Random(seed).sample(range(1_000), 300))

    done = redriven(stage)

    assert 1 <= len(done.failed) <= 11
    assert done.why == "one failed again"
    assert len(stage.dead) + len(stage.handled) == 1_000


def test_the_first_one_goes_alone() -> None:
    stage = Stage(50, fails=range(50))

    done = redriven(stage)

    assert (done.sent, done.failed) == (1, ["ValueError"])


def test_waves_are_one_then_ten_then_a_tenth_of_what_went_through() -> None:
    waves: list[int] = []

    done = redriven(stage := Stage(1_000), waves=waves)

    assert (done.sent, done.handled, done.why, stage.dead) == (1_000, 1_000, "", {})
    assert waves[:4] == [1, 11, 21, 31]
    assert all(after - before <= max(10, before // 10) for before, after in pairwise(waves))
    assert len(waves) < 50


def test_only_what_is_wanted_goes_and_the_others_are_shown_again() -> None:
    stage = Stage(40)

    done = redriven(stage, {"m-7", "m-33"})

    assert (done.sent, sorted(stage.sent)) == (2, ["33", "7"])
    assert len(stage.dead) == 38
    assert not any(one.get("hidden") for one in stage.dead.values())


def test_what_nobody_takes_ends_it() -> None:
    stage = Stage(30)
    stage.send_message = lambda **_: None  # type: ignore[method-assign]

    done = redriven(stage)

    assert (done.sent, done.handled, done.failed) == (1, 0, [])
    assert done.why.startswith("1 are not handled after 188 s")
