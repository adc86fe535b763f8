"""The queues as a consumer meets them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

import pytest

from ensemble.simulator.account import AwsAccount
from ensemble.simulator.answers import Refused
from ensemble.simulator.application import Application
from ensemble.simulator.chance import Chance
from ensemble.simulator.core_lane import CoreLane
from ensemble.simulator.dead_letters import Past
from ensemble.simulator.faults import CALM, Fault, Plan
from ensemble.simulator.invocation import Invocation
from ensemble.simulator.naive_lane import ANYTHING
from ensemble.simulator.operations import redrive
from ensemble.simulator.queues import Message, Queue, record
from ensemble.simulator.topology import Topology
from ensemble.simulator.world import World

COMMAND, BODY = "CancelLoan loan-1", "the command"
UNKNOWN = ""
"""The id of the event of that body, which is none."""
DAY = 86_400.0


class Consumed:
    """One queue and its consumer, which was given some messages and is under way."""

    def __init__(self, application: Application, topology: Topology) -> None:
        self.world = World(topology, Chance(0), CALM, CoreLane(application))
        self.account = AwsAccount(self.world)
        self.queues = self.account.queues
        self.name, mapping = next((name, one) for name, one in topology.mappings.items() if name in topology.queues)
        self._consumer = dataclasses.replace(topology.functions[mapping.function], permissions=ANYTHING)

    @property
    def queue(self) -> Queue:
        return self.queues.all[self.name]

    @property
    def dead(self) -> Queue:
        return self.queues.all[self.queue.spec.dead_letter_queue or ""]

    def receive(self, *messages: Message, plan: Plan | None = None) -> Invocation:
        """Let the function be given these messages."""
        for message in messages:
            message.state = "in flight"
            message.receives, message.lease = message.receives + 1, message.lease + 1
            self.queues.received[message.key] = message
        batch = {"Records": [record(self.queue.spec, message) for message in messages]}
        return Invocation(self._consumer, batch, "a batch", plan, 0.0, 0.0, lambda: self.world.now)

    def sent(self, active: Invocation, queue: str, **request: Any) -> Mapping[str, Any]:
        url = {"QueueUrl": f"https://queues/{queue}", "MessageBody": BODY}
        return self.queues.send_message(active, {**url, **request})


@pytest.fixture
def consumed(application: Application, topology: Topology) -> Consumed:
    return Consumed(application, topology)


def text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


def of(consumed: Consumed) -> Message:
    """Send a message, and return it."""
    consumed.queues.send(consumed.name, COMMAND, BODY)
    return list(consumed.queue.messages.values())[-1]


@pytest.mark.parametrize(
    ("copies", "refused", "violations"),
    [
        (60, 201, [f"{COMMAND} is sent again, and the bus refused 201 times what it caused"]),
        (60, 200, []),
        (59, 201, []),
    ],
)
def test_what_the_bus_refuses_for_good_is_not_sent_again_and_again(
    consumed: Consumed, copies: int, refused: int, violations: list[str]
) -> None:
    message = of(consumed)
    message.copies = copies
    active = consumed.receive(message)
    consumed.world.refused_of[active.function.service, UNKNOWN] = refused

    consumed.sent(active, consumed.name)

    assert consumed.world.violations == violations


def handle_of(active: Invocation) -> str:
    return str(active.event["Records"][0]["receiptHandle"])


@pytest.mark.parametrize(
    ("waited", "violations"),
    [
        (13 * DAY, []),
        (12 * DAY, [f"{COMMAND} is given up after 1036800 s, and an outage is all that it met: NotYet: what it needs"]),
    ],
)
def test_of_two_deliveries_in_a_batch_the_one_received_most_often_is_judged_when_one_is_given_up(
    consumed: Consumed, waited: float, violations: list[str]
) -> None:
    old, new = of(consumed), of(consumed)
    old.receives, old.past = 15, Past(0.0, first_received_at=consumed.world.now - waited)
    active = consumed.receive(new, old)

    consumed.sent(active, consumed.dead.spec.name, MessageAttributes={"reason": text("NotYet: what it needs")})

    assert consumed.world.violations == violations


def test_a_copy_comes_when_its_delay_is_over_with_its_history_and_its_receives_begin_anew(consumed: Consumed) -> None:
    message = of(consumed)
    active = consumed.receive(message)
    seen: list[tuple[float, Message]] = []
    consumed.queues.deliver = lambda name, copy: seen.append((consumed.world.now, copy))

    consumed.sent(active, consumed.name, DelaySeconds=40, MessageAttributes={"history": text("{}")})
    began = consumed.world.now
    consumed.world.run()

    ((arrived_at, copy),) = seen
    given = record(consumed.queue.spec, copy)
    assert arrived_at == began + 40
    assert given["messageAttributes"]["history"]["stringValue"] == "{}"
    assert given["attributes"]["ApproximateReceiveCount"] == "0"
    assert copy.past is message.past
    assert copy.past.copies == 1


def test_a_message_that_is_deleted_while_its_batch_is_under_way_does_not_come_back(consumed: Consumed) -> None:
    message = of(consumed)
    active = consumed.receive(message)

    consumed.queues.delete_message(
        active, {"QueueUrl": f"https://queues/{consumed.name}", "ReceiptHandle": handle_of(active)}
    )

    assert message.key not in consumed.queue.messages


def test_the_handle_of_an_earlier_receive_deletes_nothing_and_says_nothing(consumed: Consumed) -> None:
    """By AWS (SQS API reference, DeleteMessage)."""
    message = of(consumed)
    first = consumed.receive(message)
    consumed.receive(message)

    answer = consumed.queues.delete_message(
        first, {"QueueUrl": f"https://queues/{consumed.name}", "ReceiptHandle": handle_of(first)}
    )

    assert answer == {}
    assert message.key in consumed.queue.messages


def test_ten_timers_are_sent_in_one_call_and_no_more(consumed: Consumed) -> None:
    """By AWS (SQS API reference, SendMessageBatch)."""
    active = consumed.receive()

    answer = consumed.queues.send_message_batch(active, batch_of(consumed, 10))

    assert [one["Id"] for one in answer["Successful"]] == [str(number) for number in range(10)]
    assert [one.about for one in consumed.queue.messages.values()] == [f"timer {number}" for number in range(10)]
    with pytest.raises(Refused, match="TooManyEntriesInBatchRequest"):
        consumed.queues.send_message_batch(active, batch_of(consumed, 11))


def test_some_messages_of_a_batch_can_fail(consumed: Consumed) -> None:
    active = consumed.receive(plan=Plan(Fault.SENDS_FAILED, 1))

    answer = consumed.queues.send_message_batch(active, batch_of(consumed, 10))

    assert 0 < len(answer["Failed"]) < 10
    assert len(answer["Failed"]) + len(answer["Successful"]) == 10
    assert len(consumed.queue.messages) == len(answer["Successful"])


def batch_of(consumed: Consumed, number: int) -> dict[str, Any]:
    bodies = [json.dumps({"detail-type": "timer", "id": str(one)}) for one in range(number)]
    entries = [{"Id": str(one), "MessageBody": body} for one, body in enumerate(bodies)]
    return {"QueueUrl": f"https://queues/{consumed.name}", "Entries": entries}


@pytest.mark.parametrize("request_", [{"DelaySeconds": 901}, {"MessageBody": "x" * 1_048_577}])
def test_what_sqs_does_not_take_is_refused(consumed: Consumed, request_: dict[str, Any]) -> None:
    """By AWS (SQS API reference, SendMessage)."""
    with pytest.raises(Refused, match="InvalidParameterValue"):
        consumed.sent(consumed.receive(of(consumed)), consumed.name, **request_)


def test_a_dead_letter_comes_back_with_its_attributes_when_it_is_redriven(consumed: Consumed) -> None:
    active = consumed.receive(of(consumed))
    attributes = {"reason": text("EventRefused: MalformedDetail")}
    consumed.world.refused_of[active.function.service, UNKNOWN] += 1
    consumed.sent(active, consumed.dead.spec.name, MessageAttributes=attributes)

    redrive(consumed.account)

    *_, back = consumed.queue.messages.values()
    assert consumed.dead.messages == {}
    assert back.attributes == attributes
