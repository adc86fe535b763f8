"""The service's table of rows: one read, one conditional write, and a transaction only where counters move."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from zlib import crc32

from botocore.exceptions import ClientError

from functions.kit import history, inbox
from functions.kit.breaker import Breakers, Circuit, OwnCircuits
from functions.kit.envelope import derived_id, encoded, is_plain
from functions.kit.errors import (
    ContractViolation,
    FloorReached,
    RowTooLarge,
    StateRefused,
    TooManyEventsForOneRow,
    TransactionTooLarge,
    VersionConflict,
)
from functions.kit.history import HISTORY, Handling, Stored, bytes_of
from functions.kit.model import FIRST_VERSION, INDEX, Index

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef as Value
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef as Write

MAXIMUM_INBOX = 200
"""More events than any one workflow sends to one service; a row that reaches it is keyed wrongly. As an inbox stores
them they are 6.4 kB."""

CROWDED = MAXIMUM_INBOX // 2
"""From so many handled events on, a row does not remember those that change nothing: whoever repeats a command
without end must not fill the row that the workflow needs. What such an event publishes, an answer, is published then
each time that the event is delivered."""

MAXIMUM_ROW_BYTES = 390_000
"""The most that a row's item holds: an item is at most 400 kB with its keys (Amazon DynamoDB Developer Guide,
"Constraints"), and the outbox of the next event must fit beside what is there already."""

DUE_PARTITIONS = 8
"""Over how many partitions of the index the timers are spread: one takes 1,000 writes a second (Amazon DynamoDB
Developer Guide, "Designing partition keys")."""

MAXIMUM_ACTIONS, MAXIMUM_BYTES = 100, 4_000_000
"""What one transaction takes (Amazon DynamoDB Developer Guide, "Amazon DynamoDB Transactions: How it works")."""

BREAKER, TABLE = "kit#breaker#", "DynamoDB"
CONDITION_FAILED = "ConditionalCheckFailedException"
DAY_SECONDS = 24 * 60 * 60
FOR_EVER = 10**6
"""A day that does not come."""

Place = dict[str, Any]
"""A key of the index: from where a listing goes on."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a service knows of one workflow. `version` 0: there is no row yet.

    `state_version`: the version of the service's state that the state is written in (`Service.upcast_state`).
    `inbox`: the handled events, as `functions.kit.inbox` writes them down.
    `unpublished`: the outbox of each event, by its id, whose events may not all be on the bus yet. `is_assumed`: it was
    not read, since there usually is no row yet. `is_intent`: an effect was asked for since it was read, for the event
    that is being handled. `stored`: the state as the table has it. `history`: of its last commits
    (`functions.kit.history`). `deadline`: when a workflow that began with it is to have ended (seconds since 1970);
    None when none is under way.
    """

    key: str
    version: int = 0
    state: Any = None
    inbox: Mapping[str, str] = field(default_factory=dict)
    correlation_id: str | None = None
    unpublished: Mapping[str, str] = field(default_factory=dict)
    is_assumed: bool = False
    is_intent: bool = False
    state_version: int = FIRST_VERSION
    stored: Stored = field(default=Stored(), compare=False)
    history: str = field(default="", compare=False)
    deadline: float | None = None

    def has_handled(self, event_id: str, content: str) -> bool:
        """Whether an event is a duplicate. Raises ContractViolation when one with its id had another content."""
        known = self.inbox.get(inbox.place_of(event_id))
        if known is None:
            return False
        if inbox.is_other(known, content):
            raise ContractViolation("an event with the same id was handled, and its fields had other values")
        return True

    def handling(self, event_id: str, content: str, forgotten_after: int) -> Row:
        """Return the row that has handled an event too."""
        known = {**self.inbox, inbox.place_of(event_id): inbox.entry(forgotten_after, content)}
        return replace(self, inbox=known)


@dataclass(frozen=True, slots=True)
class Commit:
    """All that one decision changes: the row after it, where it is listed, its end, counters by name.

    `keep_seconds`: how long the row is kept; None: for ever. `totals`: amounts to add, by item and name. `handling`:
    what the row's history says of it; None for a row that has none.
    """

    row: Row
    index: Index | None = None
    keep_seconds: float | None = None
    moves: Mapping[str, int] = field(default_factory=dict)
    totals: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    handling: Handling | None = None


def due_partition(key: str) -> str:
    """Return the partition of the index that lists the timer of the row with this key."""
    return f"due#{crc32(key.encode()) % DUE_PARTITIONS}"


class RowStore:
    """Loads rows and commits decisions, given a low-level DynamoDB client.

    While the table is out it is asked once a minute. `id_memory_seconds`: how long the ids of handled events are kept.
    """

    def __init__(self, client: DynamoDBClient, table_name: str, id_memory_seconds: int) -> None:
        self._client = client
        self._table_name = table_name
        self.id_memory_seconds = id_memory_seconds
        self.breakers = Breakers(OwnCircuits())

    def load(self, key: str) -> Row:
        """Read a row consistently; the row of version 0 when there is none. Raises BreakerOpen."""
        self.breakers.ask(TABLE)
        with self.breakers.calling(TABLE):
            answer = self._client.get_item(TableName=self._table_name, Key={"pk": {"S": key}}, ConsistentRead=True)
        item = answer.get("Item")
        return Row(key) if item is None else row_of(key, item)

    def load_together(self, keys: Sequence[str]) -> dict[str, Row]:
        """Read rows as `load` does, by one call; DynamoDB takes up to 100 keys, and may leave some of them for later:
        these are missing (DynamoDB API Reference, BatchGetItem). Raises BreakerOpen."""
        asked: Any = {self._table_name: {"Keys": [{"pk": {"S": key}} for key in keys], "ConsistentRead": True}}
        self.breakers.ask(TABLE)
        with self.breakers.calling(TABLE):
            answer: Any = self._client.batch_get_item(RequestItems=asked)
        items = {item["pk"]["S"]: item for item in answer["Responses"].get(self._table_name, [])}
        left = answer.get("UnprocessedKeys", {}).get(self._table_name, {}).get("Keys", [])
        read = set(keys) - {key["pk"]["S"] for key in left}
        return {key: row_of(key, items[key]) if key in items else Row(key) for key in keys if key in read}

    def commit(self, commit: Commit, now: float) -> Row:
        """Write the row if its version is still the loaded one, and move the counters with it.

        Returns the row as it is now. Raises VersionConflict when another worker was faster, FloorReached
        when a counter holds less than is taken, TooManyEventsForOneRow when the row is keyed wrongly, RowTooLarge,
        BreakerOpen.
        """
        _check_inbox(commit.row)
        put = self._put(commit, now)
        others = [*self._moves(commit.moves), *self._sums(commit.totals)]
        self.breakers.ask(TABLE)
        with self.breakers.calling(TABLE):
            if others:
                self._transact([{"Put": put}, *others])
            else:
                self._put_alone(put)
        return _written(commit.row, put["Item"])

    def commit_together(self, commits: Sequence[Commit], now: float) -> list[Row]:
        """Write these rows, each another one, and move the counters by the sums of their moves: all or nothing.

        Returns the rows as they are now. Raises as `commit`, and TransactionTooLarge when one transaction does not take
        them all.
        """
        moves: Counter[str] = Counter()
        totals: dict[str, Counter[str]] = defaultdict(Counter)
        for commit in commits:
            _check_inbox(commit.row)
            moves.update(commit.moves)
            for item, amounts in commit.totals.items():
                totals[item].update(amounts)
        puts: list[Write] = [{"Put": self._put(commit, now)} for commit in commits]
        writes = [*puts, *self._moves(moves), *self._sums(totals)]
        if len(writes) > MAXIMUM_ACTIONS or len(encoded(writes).encode()) > MAXIMUM_BYTES:
            raise TransactionTooLarge(f"{len(writes)} writes")
        self.breakers.ask(TABLE)
        with self.breakers.calling(TABLE):
            self._transact(writes, len(puts))
        return [_written(commit.row, put["Put"]["Item"]) for commit, put in zip(commits, puts, strict=True)]

    def published(self, key: str, cause: str) -> None:
        """Take the outbox of a cause out of its row: all of it is on the bus.

        The version goes on, so that no other worker writes back an outbox that it had loaded before.
        """
        with self.breakers.calling(TABLE):
            self._client.update_item(
                TableName=self._table_name,
                Key={"pk": {"S": key}},
                UpdateExpression="REMOVE unpublished.#cause ADD version :one",
                ConditionExpression="attribute_exists(unpublished.#cause)",
                ExpressionAttributeNames={"#cause": cause},
                ExpressionAttributeValues={":one": {"N": "1"}},
            )

    def put_new(self, item: dict[str, Value]) -> Mapping[str, Any] | None:
        """Put an item that is no row, such as a stored event, unless its key is taken; return what is there then.

        That costs no read (DynamoDB API Reference, PutItem, ReturnValuesOnConditionCheckFailure).

        Raises VersionConflict when a transaction is under way, after which nothing is known.
        """
        put: dict[str, Any] = {"TableName": self._table_name, "Item": item}
        put |= {"ConditionExpression": "attribute_not_exists(pk)", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        self.breakers.ask(TABLE)
        try:
            with self.breakers.calling(TABLE):
                self._put_alone(put)
        except VersionConflict as conflict:
            refusal: Any = conflict.__cause__
            if _code(refusal) != CONDITION_FAILED:
                raise
            taken: Mapping[str, Any] = refusal.response["Item"]
            return taken
        return None

    def due(self, partition: str, after: str, until: str, start: Place | None) -> Iterator[tuple[str, str, Place]]:
        """List (key, instant, place) of the rows of a partition that are due between two instants, earliest first.

        `start`: the place of the last one that was listed before.
        """
        going_on: dict[str, Any] = {} if start is None else {"ExclusiveStartKey": start}
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table_name,
            IndexName=INDEX,
            KeyConditionExpression="index_partition = :partition AND index_position BETWEEN :after AND :until",
            ExpressionAttributeValues={
                ":partition": {"S": partition},
                ":after": {"S": after},
                ":until": {"S": until},
            },
            **going_on,
        )
        for page in pages:
            for item in page["Items"]:
                place = {name: item[name] for name in ("pk", "index_partition", "index_position")}
                yield item["pk"]["S"], item["index_position"]["S"], place

    # The circuits of what the service asks, shared by its workers

    def read_circuit(self, system: str) -> Circuit:
        """Read what is known of a system."""
        row = self.load(BREAKER + system)
        return Circuit(system, row.version, **(row.state or {}))

    def write_circuit(self, circuit: Circuit) -> Circuit:
        """Write what is known of a system, if nobody was faster. Raises VersionConflict."""
        state = {"failures": circuit.failures, "probe_at": circuit.probe_at}
        row = self.commit(Commit(Row(BREAKER + circuit.system, circuit.version, state)), 0.0)
        return replace(circuit, version=row.version)

    def _put(self, commit: Commit, now: float) -> Any:
        row = commit.row
        item = self._item(commit, now)
        sizes = {name: len(name) + _bytes_of(value) for name, value in item.items()}
        _check_size(row.key, sizes)
        if commit.handling is not None:
            item |= _history(commit.handling, row, now, item, sum(sizes.values()))
        put: dict[str, Any] = {"TableName": self._table_name, "Item": item}
        if row.version == 0:
            return put | {"ConditionExpression": "attribute_not_exists(pk)"}
        return put | {
            "ConditionExpression": "version = :loaded",
            "ExpressionAttributeValues": {":loaded": {"N": str(row.version)}},
        }

    def _item(self, commit: Commit, now: float) -> dict[str, Value]:
        row = commit.row
        item: dict[str, Value] = {
            "pk": {"S": row.key},
            "version": {"N": str(row.version + 1)},
            "state": {"S": _stored(row)},
            "correlation_id": {"S": row.correlation_id or ""},
        }
        if row.state_version != FIRST_VERSION and row.state is not None:
            item["state_version"] = {"N": str(row.state_version)}
        today = int(now // DAY_SECONDS)
        if row.inbox:
            kept = {place: {"S": entry} for place, entry in row.inbox.items() if inbox.day_of(entry) >= today}
            item["inbox"] = {"M": kept}
        if row.unpublished:
            item["unpublished"] = {"M": {cause: {"S": outbox} for cause, outbox in row.unpublished.items()}}
        if commit.index is not None:
            item["index_partition"] = {"S": commit.index.partition}
            item["index_position"] = {"S": commit.index.position}
        if row.deadline is not None:
            item["deadline"] = {"N": f"{row.deadline:.3f}"}
        if commit.keep_seconds is not None:
            item["expires_at"] = {"N": str(int(now + commit.keep_seconds))}
        return item

    def _moves(self, moves: Mapping[str, int]) -> Iterator[Write]:
        """Yield the writes that move counters, in the order of their names."""
        for name, amount in sorted(moves.items()):
            if amount:
                yield self._move(name, amount)

    def _move(self, name: str, amount: int) -> Write:
        update: dict[str, Any] = {
            "TableName": self._table_name,
            "Key": {"pk": {"S": f"counter#{name}"}},
            "UpdateExpression": "ADD amount :move",
            "ExpressionAttributeValues": {":move": {"N": str(amount)}},
        }
        if amount < 0:
            update["ConditionExpression"] = "amount >= :floor"
            update["ExpressionAttributeValues"][":floor"] = {"N": str(-amount)}
        return {"Update": update}  # type: ignore[typeddict-item]

    def _sums(self, totals: Mapping[str, Mapping[str, int]]) -> Iterator[Write]:
        """Yield the write that adds to each item of totals, in the order of their names."""
        for name, amounts in sorted(totals.items()):
            if amounts:
                yield self._sum(name, sorted(amounts.items()))

    def _sum(self, item: str, amounts: list[tuple[str, int]]) -> Write:
        update: dict[str, Any] = {
            "TableName": self._table_name,
            "Key": {"pk": {"S": f"totals#{item}"}},
            "UpdateExpression": "ADD " + ", ".join(f"#{number} :{number}" for number in range(len(amounts))),
            "ExpressionAttributeNames": {f"#{number}": f"total:{name}" for number, (name, _) in enumerate(amounts)},
            "ExpressionAttributeValues": {f":{number}": {"N": str(more)} for number, (_, more) in enumerate(amounts)},
        }
        return {"Update": update}  # type: ignore[typeddict-item]

    def _put_alone(self, put: Any) -> None:
        try:
            self._client.put_item(**put)
        except ClientError as error:
            if _code(error) in (CONDITION_FAILED, "TransactionConflictException"):
                raise VersionConflict(put["Item"]["pk"]["S"]) from error
            raise

    def _transact(self, writes: list[Write], rows: int = 1) -> None:
        """Write all or nothing, the rows first. The reasons of a cancellation come in the order of the writes (DynamoDB
        API reference, TransactWriteItems)."""
        try:
            self._client.transact_write_items(TransactItems=writes)
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            reasons = [reason.get("Code", "None") for reason in error.response["CancellationReasons"]]
            if "ConditionalCheckFailed" in reasons[:rows]:
                raise VersionConflict("a row changed meanwhile") from error
            if "TransactionConflict" in reasons:
                raise VersionConflict("a row or a counter is being changed", is_passing=True) from error
            if "ConditionalCheckFailed" in reasons:
                raise FloorReached("a counter holds less than the decision takes") from error
            raise


def _code(error: BaseException | None) -> str:
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else ""


def is_crowded(row: Row) -> bool:
    """Whether a row remembers half of what it may."""
    return len(row.inbox) >= CROWDED


def _check_inbox(row: Row) -> None:
    if len(row.inbox) > MAXIMUM_INBOX:
        raise TooManyEventsForOneRow(f"{row.key} has handled over {MAXIMUM_INBOX} events")


_WHAT_TO_DO = {
    "state": "let the state hold less, and what is long lie elsewhere (a bucket), with its key here",
    "unpublished": "let one event cause fewer and smaller events; if the bus takes none, see what refuses them",
    "inbox": "find the rows by what fewer events are about",
}


def _check_size(key: str, parts: Mapping[str, int]) -> None:
    """Raise RowTooLarge when DynamoDB might not take an item of these parts, or no outbox beside it."""
    size = sum(parts.values())
    if size > MAXIMUM_ROW_BYTES:
        largest = max(_WHAT_TO_DO, key=lambda name: parts.get(name, 0))
        raise RowTooLarge(
            f"{key} would have {size} bytes, over {MAXIMUM_ROW_BYTES}: its {largest} is the largest part, "
            f"with {parts[largest]}. Fix: {_WHAT_TO_DO[largest]}"
        )


def _bytes_of(value: Any) -> int:
    """Return what a value counts towards the size of its item, of a number no less (Amazon DynamoDB Developer Guide,
    "DynamoDB item sizes and formats")."""
    ((type, content),) = value.items()
    if type == "M":
        return 3 + sum(_entry_bytes(name, one) for name, one in content.items())
    return bytes_of(content)


def _entry_bytes(name: str, value: Any) -> int:
    return 1 + bytes_of(name) + _bytes_of(value)


def _history(handling: Handling, row: Row, now: float, item: Mapping[str, Any], size: int) -> dict[str, Value]:
    """Return the history that fits beside the item of a row, which is of this size without one."""
    outboxes = [_entry_bytes(cause, outbox) for cause, outbox in item.get("unpublished", {"M": {}})["M"].items()]
    room = history.room_beside(size, outboxes) - len(HISTORY)
    after = Stored(item["state"]["S"], row.state_version)
    text = history.with_step(row.history, handling, row.version + 1, now, row.stored, after, room)
    return {HISTORY: {"S": text}} if text else {}


def _written(row: Row, item: Mapping[str, Any]) -> Row:
    return replace(
        row,
        version=row.version + 1,
        is_assumed=False,
        is_intent=False,
        stored=Stored(item["state"]["S"], row.state_version),
        history=_history_in(item),
    )


def _history_in(item: Mapping[str, Any]) -> str:
    return str(item[HISTORY]["S"]) if HISTORY in item else ""


def _stored(row: Row) -> str:
    """Return the state as JSON. Raises StateRefused."""
    try:
        return encoded(row.state)
    except (TypeError, ValueError) as error:
        raise StateRefused(f"a state holds what JSON cannot say: {type(error).__name__}") from None


def _workflow(key: str, stored: str) -> str:
    """Return the workflow of a row. The last version (0.2.0) took any text; no event goes out under such a one now."""
    return stored if is_plain(stored) or not stored else derived_id("workflow", key)


def row_of(key: str, item: Mapping[str, Any]) -> Row:
    """Read an item. One that the last version wrote (0.2.0) has its inbox as a set, and its outbox left by itself."""
    handled = item.get("inbox", {})
    forgotten_after = int(item["expires_at"]["N"]) // DAY_SECONDS + 1 if "expires_at" in item else FOR_EVER
    entries = {place: entry["S"] for place, entry in handled.get("M", {}).items()}
    state_version = int(item["state_version"]["N"]) if "state_version" in item else FIRST_VERSION
    return Row(
        key=key,
        version=int(item["version"]["N"]),
        state=json.loads(item["state"]["S"]),
        inbox=entries or {inbox.place_of(id): inbox.entry(forgotten_after) for id in handled.get("SS", ())},
        correlation_id=_workflow(key, item["correlation_id"]["S"]),
        unpublished={cause: outbox["S"] for cause, outbox in item.get("unpublished", {}).get("M", {}).items()},
        state_version=state_version,
        stored=Stored(item["state"]["S"], state_version),
        history=_history_in(item),
        deadline=float(item["deadline"]["N"]) if "deadline" in item else None,
    )
