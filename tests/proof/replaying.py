"""Lets the real consumer, with or without a guard, go a way that z3 has found: its workers take their requests in turn.

A worker is a consumer in a coroutine, which stops before each of its requests; DynamoDB is moto. After each step the
row, the bus and the queue must be what the model says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from ensemble.simulator.kit import Kit
from functions.kit.inbox import place_of
from tests.proof.numbered import PUBLICATIONS_OF_AN_EVENT, Values
from tests.proof.searching import Taken, Way
from tests.proof.workers import NOON, Client, Request, Worker

KEY = "tally_id#t-1"
ASKED = {
    **dict.fromkeys(("load", "cannot load"), "get_item"),
    **dict.fromkeys(("intend", "commit", "commit twice", "conflict", "intent conflict"), "put_item"),
    **dict.fromkeys(("put", "put some"), "put_events"),
    **dict.fromkeys(("mark", "cannot mark"), "update_item"),
}
"""The request that each step carries out, or refuses."""


class LeftTheWay(Exception):
    """Raised when a worker does not ask for what the step is about, or has not answered where it is to have."""


class Replay:
    """The real side of a way: a table, a bus, a queue, and workers. Raises LeftTheWay where they do otherwise."""

    def __init__(self, kit: Kit, dynamodb: Any, way: Way) -> None:
        self._dynamodb, self._way = dynamodb, way
        self._workers: dict[int, Worker] = {}
        self._published, self._deleted, self._committed, self._marked = (set[int]() for _ in range(4))
        tally = kit.module("functions.tally")
        self._events = tally
        settings = kit.module("functions.kit.settings").ConsumerSettings("table", 3_600, 8, "bus", "queue")
        client: Any = Client(dynamodb)
        rows = kit.module("functions.kit.rows").RowStore(client, "table", 3_600)
        consumer = kit.module("functions.kit.consumer").Consumer
        adapters = {tally.Ask: lambda effect: "done"}
        service = tally.ASKING_TALLY if way.asks else tally.TALLY
        self._consumer: Callable[[], Any] = lambda: (
            consumer(service, tally.CONTRACTS, rows, adapters, settings, lambda: client, client).handle
        )

    def go(self) -> Iterator[tuple[Taken, Values]]:
        """Take each step; yield it with what is to be seen of row, bus and queue after it."""
        try:
            for step in self._way.steps:
                self._take(step)
                yield step, self._seen()
        finally:
            for worker in self._workers.values():
                worker.crash()

    def _take(self, step: Taken) -> None:
        if step.name == "begin":
            self._workers[step.worker] = Worker(self._consumer(), self._record(step.event))
            return
        worker = self._workers[step.worker]
        if step.name == "crash":
            worker.crash()
        elif step.name == "acknowledge":
            if worker.failed is None or worker.message in worker.failed:
                raise LeftTheWay(f"{step}: it has not answered that the record is done")
            self._deleted.add(step.event)
        elif step.name != "assume":  # which asks nothing
            self._answer(worker, step)

    def _answer(self, worker: Worker, step: Taken) -> None:
        """Carry out the request that a worker waits with, as the step says."""
        request = worker.pending
        if request is None or request.operation != ASKED[step.name]:
            raise LeftTheWay(f"{step}: it asks {request and request.operation}")
        if step.name in ("put", "put some"):
            worker.go_on(self._put(request, step))
        elif step.name in ("cannot load", "cannot mark"):
            worker.go_on(ClientError({"Error": {"Code": "ThrottlingException"}}, request.operation))
        else:
            answer = self._carried_out(request)
            if step.name in ("commit", "commit twice") and not isinstance(answer, ClientError):
                self._committed.add(step.event)
            if step.name == "mark":
                self._marked.add(step.event)
            worker.go_on(answer if step.name != "commit twice" else self._carried_out(request))

    def _carried_out(self, request: Request) -> Any:
        try:
            return getattr(self._dynamodb, request.operation)(**request.parameters)
        except ClientError as error:
            return error

    def _put(self, request: Request, step: Taken) -> dict[str, Any]:
        """Take entries, all or those that the step names, and answer for each."""
        answers = []
        for entry in request.parameters["Entries"]:
            detail = json.loads(entry["Detail"])
            publication = step.event * PUBLICATIONS_OF_AN_EVENT + detail["number"]
            if step.name == "put" or publication in step.taken:
                self._published.add(publication)
                answers.append({"EventId": "1"})
            else:
                answers.append({"ErrorCode": "InternalFailure"})
        return {"Entries": answers}

    def _seen(self) -> Values:
        """Return what is to be seen from outside, under the names of the model's cells."""
        item = self._dynamodb.get_item(TableName="table", Key={"pk": {"S": KEY}}, ConsistentRead=True).get("Item", {})
        state = json.loads(item["state"]["S"]) if item else {"counted": [], "asked": []}
        inbox, outbox = (item.get(name, {"M": {}})["M"] for name in ("inbox", "unpublished"))
        ids = self._ids()
        return {
            "version": {(): int(item["version"]["N"]) if item else 0},
            "known": {(at,): place_of(id) in inbox for at, id in ids},
            "outbox": {(at,): id in outbox for at, id in ids},
            "intends": {(at,): id in state["asked"] for at, id in ids},
            "effects": {(at,): state["counted"].count(id) for at, id in ids},
            "published": {(at,): at in self._published for at in range(len(ids) * PUBLICATIONS_OF_AN_EVENT)},
            "deleted": {(at,): at in self._deleted for at, _ in ids},
            "committed": {(at,): at in self._committed for at, _ in ids},
            "marked": {(at,): at in self._marked for at, _ in ids},
        }

    def _ids(self) -> list[tuple[int, str]]:
        return [(at, f"e-{at}") for (at,) in self._way.steps[0].after["known"]]

    def _record(self, event: int) -> dict[str, Any]:
        """Return the record in which an event comes."""
        type = self._events.ASK if event in self._way.asks else self._events.COUNT
        type = self._events.BEGIN if event in self._way.begins else type
        envelope = {"event_id": f"e-{event}", "type": type, "version": "1.0", "timestamp": "2026-01-01T11:59:59.000Z"}
        detail = envelope | {"correlation_id": "c-1", "causation_id": "c-1", "hops": 0, "tally_id": "t-1"}
        body = {"id": f"b-{event}", "detail-type": type, "source": "outside", "detail": detail}
        times = dict.fromkeys(("SentTimestamp", "ApproximateFirstReceiveTimestamp"), str(int(NOON * 1_000)))
        return {
            "messageId": f"m-{event}",
            "receiptHandle": "handle",
            "body": json.dumps(body | {"version": "0", "time": "2026-01-01T11:59:59Z"}),
            "attributes": {"ApproximateReceiveCount": "1", **times},
            "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:queue",
        }


@contextmanager
def table(dynamodb: Any) -> Iterator[None]:
    """Have an empty table for a while."""
    dynamodb.create_table(
        TableName="table",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    try:
        yield
    finally:
        dynamodb.delete_table(TableName="table")
