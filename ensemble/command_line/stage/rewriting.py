"""Writes the rows of a service in the newest shape of its state, each once and only if nobody changed it meanwhile.

The row `kit#backfill` of the table holds how far that got, so that it goes on there, from whichever machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.kit.envelope import encoded
from functions.kit.errors import VersionConflict
from functions.kit.history import HISTORY
from functions.kit.model import FIRST_VERSION, RESERVED_KEYS, Service, rfc3339
from functions.kit.rows import CONDITION_FAILED, Commit, Row, RowStore, due_partition, row_of
from functions.kit.states import plain, reader

PROGRESS = "kit#backfill"
"""The key of the row that remembers how far it got."""

PAGE = 50
"""Rows that are asked for at once."""

ATTEMPTS = 5
"""How often a row is tried that somebody changes meanwhile."""

KEPT_SECONDS = 30 * 86_400.0
"""How long the progress is remembered after the last page."""

MOST_TOLD = 20
"""Keys of rows that were left which are remembered."""


@dataclass(slots=True)
class Progress:
    """How far it got to a version of the state. `after`: the key of the last row that was looked at; None before the
    first page and after the last one. `left`: keys of rows that are not in the newest shape, with why."""

    version: int
    after: str | None = None
    looked_at: int = 0
    written: int = 0
    left_number: int = 0
    left: dict[str, str] = field(default_factory=dict)


class Rewriting:
    """Rewrites the rows in a service's table.

    `pause` waits for seconds, and `now` tells them. `rate`: rows that are looked at in a second at most.
    """

    def __init__(
        self,
        service: Service,
        client: Any,
        table: str,
        *,
        rate: float,
        now: Callable[[], float],
        pause: Callable[[float], None],
    ) -> None:
        self._service, self._client, self._table = service, client, table
        self._rows = RowStore(client, table, 0)
        self._rate, self._now, self._pause = rate, now, pause
        state: Any = service.state
        self._fields = tuple(one.name for one in fields(state))
        self._read = reader(state, service.name)

    def run(self) -> Iterator[Progress]:
        """Go on to the end of the table, and yield the progress after each page.

        Raises VersionConflict when another one is at work on the table.
        """
        row = self._rows.load(PROGRESS)
        progress = self._begun(row.state)
        while True:
            started = self._now()
            items, after = self._page(progress.after)
            for item in items:
                self._look_at(item, progress)
            progress.after = after
            row = self._rows.commit(
                Commit(replace(row, state=asdict(progress)), keep_seconds=KEPT_SECONDS), self._now()
            )
            yield progress
            if after is None:
                return
            self._pause(max(0.0, len(items) / self._rate - (self._now() - started)))

    def _begun(self, stored: Mapping[str, Any] | None) -> Progress:
        """Return the progress to go on from: a new one after the last page, and for another version."""
        if stored is None or stored["after"] is None or stored["version"] != self._service.state_version:
            return Progress(self._service.state_version)
        return Progress(**stored)

    def _page(self, after: str | None) -> tuple[list[Mapping[str, Any]], str | None]:
        going_on = {} if after is None else {"ExclusiveStartKey": {"pk": {"S": after}}}
        answer = self._client.scan(TableName=self._table, Limit=PAGE, **going_on)
        last = answer.get("LastEvaluatedKey")
        return answer["Items"], None if last is None else last["pk"]["S"]

    def _look_at(self, item: Mapping[str, Any], progress: Progress) -> None:
        key = item["pk"]["S"]
        if key.split("#", 1)[0] in RESERVED_KEYS:
            return
        progress.looked_at += 1
        try:
            progress.written += self._rewrite(row_of(key, item), item)
        except (ClientError, BotoCoreError):
            raise
        except Exception as fault:  # whatever `upcast_state` raises, other rows are brought up to date
            progress.left_number += 1
            if len(progress.left) < MOST_TOLD:
                progress.left[key] = f"{type(fault).__name__}: {fault}"

    def _rewrite(self, row: Row, item: Mapping[str, Any]) -> bool:
        """Bring a row up to date; return whether it had to be written. Raises StateUnreadable and VersionConflict."""
        for _ in range(ATTEMPTS):
            update = self._update(row, item)
            if update is None:
                return False
            try:
                self._client.update_item(TableName=self._table, Key={"pk": {"S": row.key}}, **update)
                return True
            except ClientError as error:
                if error.response["Error"]["Code"] not in (CONDITION_FAILED, "TransactionConflictException"):
                    raise
            answer = self._client.get_item(TableName=self._table, Key={"pk": {"S": row.key}}, ConsistentRead=True)
            if "Item" not in answer:  # its time was over
                return False
            item = answer["Item"]
            row = row_of(row.key, item)
        raise VersionConflict("somebody else changed it each time")

    def _update(self, row: Row, item: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return what to write; None for a row that is in the newest shape, or has no state."""
        if row.state is None:
            return None
        newest = self._service.state_version
        upcast = self._service.upcast(row.state, row.state_version)
        state = self._read(upcast)
        stored = encoded(upcast | {name: plain(getattr(state, name)) for name in self._fields})
        changes: dict[str, Any] = {}
        if stored != encoded(row.state):
            changes["state"] = {"S": stored}
            changes |= {HISTORY: {"S": ""}} if row.history else {}  # from here it leads to no earlier state
        if newest != row.state_version and newest != FIRST_VERSION:
            changes["state_version"] = {"N": str(newest)}
        changes |= self._listing(row, item, self._service.due_at(state))
        if not changes:
            return None
        names = {f"#{number}": name for number, name in enumerate(changes)}
        return {
            "UpdateExpression": f"SET {', '.join(f'{one} = :{one[1:]}' for one in names)} ADD version :one",
            "ConditionExpression": "version = :version",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": {
                **{f":{number}": value for number, value in enumerate(changes.values())},
                ":one": {"N": "1"},
                ":version": {"N": str(row.version)},
            },
        }

    def _listing(self, row: Row, item: Mapping[str, Any], due_at: str | None) -> dict[str, Any]:
        """Return where the row's timer is to be listed, if it is not, or too late; what is past is listed as now."""
        listed = item.get("index_position", {"S": ""})["S"]
        position = max(due_at or "", rfc3339(datetime.fromtimestamp(self._now(), UTC)))
        if due_at is None or (listed and listed <= position):
            return {}
        return {"index_partition": {"S": due_partition(row.key)}, "index_position": {"S": position}}
