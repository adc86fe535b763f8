"""What must hold of the conducted shop at rest, where it is not as in the shop."""

from __future__ import annotations

import json
from collections.abc import Iterator

from scenarios.shop import promises
from scenarios.shop.rest import Rest, Told

TELLS = {
    **promises.TELLS,
    "PaymentFailed": ("failed",),
    "PaymentRefunded": ("refunded", "voided"),
    "FulfilmentCompleted": ("completed",),
    "FulfilmentFailed": ("undone",),
}
"""Which step each event is about, by the status that a service's row comes to in it."""

GIVES_A_REASON = (*promises.GIVES_A_REASON, "ReleaseStock", "RefundPayment", "FulfilmentFailed")
"""The events and commands on the way back, each of which says why."""

COMMANDS = ("ReserveStock", "ReleaseStock", "ChargePayment", "RefundPayment", "ShipOrder")


OUTBOX = "unpublished"
"""The attribute of a row with what it did not note as published: after a fault it may stay, whatever the row is of."""


def every_step_is_told_once(rest: Told) -> Iterator[str]:
    yield from promises.every_step_is_told_once(rest, TELLS)


def every_reason_is_true(rest: Rest) -> Iterator[str]:
    yield from promises.every_reason_is_true(rest, GIVES_A_REASON)


def every_command_is_sent_once_at_most(rest: Told) -> Iterator[str]:
    sent = [(event.detail["order_id"], event.type) for event in rest.published(*COMMANDS)]
    for order_id, type in sorted({one for one in sent if sent.count(one) > 1}):
        yield f"{type} of {order_id} is sent {sent.count((order_id, type))} times"


def no_saga_keeps_what_it_knew(rest: Rest) -> Iterator[str]:
    for key, item in rest.items("fulfilment").items():
        expected = rest.expected.get(key.partition("#")[2])
        if expected is not None:
            text = json.dumps({name: value for name, value in item.items() if name != OUTBOX})
            secrets = {"token": expected.token, "street": expected.address["street"], "address of mail": expected.email}
            for name, secret in secrets.items():
                if secret in text:
                    yield f"the saga of {key} has ended, and its row still has the {name}"
