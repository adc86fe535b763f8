"""Why the saga of an order goes back, and in which order its steps are undone. Watched at every write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from scenarios.shop.causes import ENOUGH, Causes, Judge
from scenarios.shop.writes import Write, state_of

DOWN = "tok_outage"
"""A card whose bank is down when it is first asked, and for a while: no fault, and no answer in time."""

REFUSALS = ("InventoryRejected", "PaymentFailed", "ShipmentFailed")

NOTHING_RESERVED = ("nothing", "rejected", "released")
NOTHING_PAID = ("nothing", "failed", "voided", "refunded")
NOTHING_SHIPPED = ("nothing", "declined")
"""The statuses of the participants' rows with which nothing of the order is left."""


class CausesOfASaga(Causes):
    """Beside the causes of the shop: a saga goes back because of a refusal, a cancellation, or a deadline."""

    @property
    def judges(self) -> Mapping[tuple[str, str], Judge]:
        """What judges a row of a service that comes to a status."""
        return {
            **super().judges,
            ("order", "cancelling"): self._why_cancelling,
            ("inventory", "released"): self._is_paid_back,
            ("payment", "voided"): self._why_undone("RefundPayment"),
            ("shipping", "declined"): self._why_refused,
            ("fulfilment", "undoing"): self._why_back,
            ("fulfilment", "undone"): self._is_all_undone,
        }

    def _why_cancelling(self, write: Write, order_id: str) -> Iterator[str]:
        yield from super()._why_cancelling(write, order_id)
        if self._expected_token(order_id) == DOWN:
            self.late_without_a_fault.discard(order_id)  # its refund waits until the bank is back

    def _why_undone(self, command: str) -> Judge:
        def judge(write: Write, order_id: str) -> Iterator[str]:
            if not self.handled(write, command):
                yield f"{write.service} undoes its part of {order_id}, and was not told to"

        return judge

    def _why_refused(self, write: Write, order_id: str) -> Iterator[str]:
        if order_id in self.carrier.declined:
            self.reasons[order_id].add(self.carrier.declined[order_id])
        else:
            yield f"{order_id} is not shipped, and the carrier did not decline it"

    def _why_back(self, write: Write, order_id: str) -> Iterator[str]:
        if self.handled(write, "OrderCancellationRequested") or any(self.handled(write, one) for one in REFUSALS):
            yield from self._was_not_overdue(write, order_id)
            return
        deadlines: Mapping[str, str] = write.was.get("deadlines", {})
        late = min(deadlines, key=lambda name: deadlines[name], default="")
        if not late or self.account.world.now < _seconds(deadlines[late]):
            yield f"the saga of {order_id} goes back, and nothing was refused, cancelled or late"
            return
        self.reasons[order_id].add(f"{late} had no answer in time")
        is_expected = late == "ChargePayment" and self._expected_token(order_id) == DOWN
        if not is_expected and self.all_was_well_before(_seconds(deadlines[late])):
            self.late_without_a_fault.add(order_id)

    def _was_not_overdue(self, write: Write, order_id: str) -> Iterator[str]:
        """Yield a saga that should have gone back before, since nothing hindered its timer."""
        late = min(write.was.get("deadlines", {}).values(), default=None)
        if write.was["status"] == "running" and late is not None:
            overdue = self.account.world.now - _seconds(late)
            if overdue > ENOUGH and self.all_was_well_before(_seconds(late)):
                yield f"the saga of {order_id} waits for an answer {overdue:.0f} s after its deadline"

    def _expected_token(self, order_id: str) -> str:
        expected = self.provider.expected.get(order_id)
        return "" if expected is None else expected.token

    def _is_all_undone(self, write: Write, order_id: str) -> Iterator[str]:
        if write.was["status"] in ("nothing", "running"):
            yield from self._why_back(write, order_id)
        for service, nothing in (
            ("inventory", NOTHING_RESERVED),
            ("payment", NOTHING_PAID),
            ("shipping", NOTHING_SHIPPED),
        ):
            if (status := self._status(service, order_id)) not in nothing:
                yield f"the saga of {order_id} is undone, and its {service} is {status}"

    def _is_paid_back(self, write: Write, order_id: str) -> Iterator[str]:
        yield from self._why_undone("ReleaseStock")(write, order_id)
        if (status := self._status("payment", order_id)) not in NOTHING_PAID:
            yield f"the stock of {order_id} is released while its payment is {status}: stages are undone backward"

    def _status(self, service: str, order_id: str) -> str:
        return str(state_of(self.account.table_of(service).items.get(f"order_id#{order_id}"))["status"])


def _seconds(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp()
