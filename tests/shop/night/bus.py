"""What goes wrong on the bus: it takes nothing of a service, or not one entry, or one entry in two versions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ensemble.laptop.answers import Answer, json_answer
from tests.shop.night.night import MINUTE, Night, group, orders

Entry = dict[str, Any]
Put = Callable[[list[Entry]], Answer | None]
"""Answers PutEvents in the bus's place; None: the bus answers."""


def a_queue_is_purged(night: Night) -> None:
    night.say("the bus takes nothing of inventory, and somebody purges the queue whose messages come again and again")
    with puts_answered(night, lambda entries: unavailable() if _source(entries) == "inventory" else None):
        orders(night, "purged", 3)
        night.wait(MINUTE)
        for queue in night.laptop.queues.values():
            if queue.name.startswith("shop-dev-inventory-events"):
                queue.purge()
    night.wait(20 * MINUTE)
    night.ensemble("reconcile", "--since", "1h", status=1)
    night.ensemble("reconcile", "--since", "1h", "--yes")
    night.wait(2 * MINUTE)
    night.ensemble("trace", "purged-0")


def an_entry_is_refused(night: Night) -> None:
    night.say("somebody takes the right to put PaymentCharged from payment: the bus refuses this one entry for good")

    def without_payments(entries: list[Entry]) -> Answer | None:
        kept = [one for one in entries if one["DetailType"] != "PaymentCharged"]
        put = iter(night.laptop.put_events(kept)["Entries"] if kept else [])
        refusal = {"ErrorCode": "NotAuthorizedForDetailType", "ErrorMessage": "Not authorized for the detail type."}
        results = [next(put) if one in kept else refusal for one in entries]
        return json_answer(200, {"FailedEntryCount": len(entries) - len(kept), "Entries": results})

    with puts_answered(night, without_payments):
        orders(night, "refused", 2)
        night.wait(3 * MINUTE)
    night.ensemble("dlq", "list")
    night.say("payment has its right again")
    night.ensemble("dlq", "redrive", group(night), "--yes")
    night.wait(2 * MINUTE)
    night.ensemble("workflows", "--type", "PlaceOrder", "--limit", "2")


def two_versions_run_at_once(night: Night) -> None:
    night.say("payment is deployed: for a while its older half says PaymentCharged 1.0, and the newer one 2.0")
    said: list[str] = []

    def by_halves(entries: list[Entry]) -> Answer | None:
        sent = [
            _as_before(one) if one["DetailType"] == "PaymentCharged" and "older" in one["Detail"] else one
            for one in entries
        ]
        said.extend(json.loads(one["Detail"])["version"] for one in sent if one["DetailType"] == "PaymentCharged")
        return json_answer(200, night.laptop.put_events(sent))

    with puts_answered(night, by_halves):
        orders(night, "older", 2)
        orders(night, "newer", 2)
        night.wait(MINUTE)
    assert set(said) == {"1.0", "2.0"}
    night.ensemble("workflows", "--type", "PlaceOrder", "--limit", "4")


@contextmanager
def puts_answered(night: Night, put: Put) -> Iterator[None]:
    """Have the requests of services to put events answered so."""
    is_on = True

    def around(headers: Mapping[str, str], body: bytes, answer: Callable[[], Answer]) -> Answer:
        is_put = is_on and headers.get("x-amz-target") == "AWSEvents.PutEvents"
        return (put(json.loads(body)["Entries"]) if is_put else None) or answer()

    night.laptop.around_requests(around)
    yield
    is_on = False


def unavailable() -> Answer:
    return json_answer(503, {"__type": "ServiceUnavailable"})


def _source(entries: list[Entry]) -> str:
    return str(entries[0]["Source"])


def _as_before(entry: Entry) -> Entry:
    """Return a PaymentCharged as the version before said it: the amount in euros."""
    detail = json.loads(entry["Detail"])
    older = {"version": "1.0", "amount": detail["amount"]["minor_units"] / 100}
    return {**entry, "Detail": json.dumps({**detail, **older})}
