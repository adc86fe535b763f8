"""A card provider in memory. A real one's client takes its place: it has the same two methods."""

from __future__ import annotations

from functions.billing.domain import Charge, ChargeAnswer, Refund

DECLINED = "tok_declined"
"""The token of a card that is always declined."""


class CardProvider:
    """Moves money once for a key: a charge or a refund that is asked for again has the same answer."""

    def __init__(self) -> None:
        self.charges: dict[str, int] = {}
        self.refunds: dict[str, int] = {}

    @property
    def balance(self) -> int:
        """What the agency has got, in euro cents."""
        return sum(self.charges.values()) - sum(self.refunds.values())

    def charge(self, wanted: Charge) -> ChargeAnswer:
        """The adapter of the effect Charge."""
        if wanted.token == DECLINED:
            return ChargeAnswer(accepted=False, reason="the card was declined")
        self.charges.setdefault(wanted.key, wanted.cents)
        return ChargeAnswer(accepted=True)

    def refund(self, wanted: Refund) -> None:
        """The adapter of the effect Refund."""
        self.refunds.setdefault(wanted.key, self.charges[wanted.key])
