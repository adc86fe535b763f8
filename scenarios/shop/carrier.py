"""A carrier in memory, with the habits of a real one: it refuses countries, has outages, and answers too late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from threading import Lock
from typing import Any

from functions.kit.errors import Unavailable
from functions.shipping.domain import Outcome, Ship


class Trouble(Enum):
    """What goes wrong with a request."""

    SILENT = "takes the parcel, and then does not answer"
    SLOW = "takes the parcel only after the caller has given up"
    DOWN = "does nothing, and says so"


BY_POSTCODE = {"TIMEOUT": (Trouble.SILENT, 1), "SLOW": (Trouble.SLOW, 2), "DOWN": (Trouble.DOWN, 25)}
"""By the postcode of a parcel: its trouble, and how many requests meet it. 25 in a row take 18 minutes and more."""

ANY_POSTCODE = 2
"""How many requests for one parcel meet the trouble that all parcels have, while there is one."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel that the carrier took, under the key it was handed over with."""

    key: str
    tracking_number: str


class CarrierInMemory:
    """Refuses the country "XX". A repeated key gets the same parcel.

    A carrier keeps the sender's reference with the parcel, so unlike a payment key it is never forgotten. `trouble`:
    what all parcels meet at first, whatever their postcode; None: nothing.
    """

    def __init__(self) -> None:
        self._parcels: dict[str, Parcel] = {}
        self._asked: Counter[str] = Counter()
        self._lock = Lock()
        self.trouble: Trouble | None = None

    @property
    def parcels(self) -> Sequence[Parcel]:
        """All parcels, oldest first."""
        return list(self._parcels.values())

    @property
    def asked(self) -> Mapping[str, int]:
        """How many requests there were, by key."""
        return dict(self._asked)

    def ship(self, ship: Ship) -> Outcome:
        """Take the parcel once, however often called. Raises Unavailable when the outcome is not known."""
        match self.trouble_of(ship.key, ship.address):
            case Trouble.DOWN:
                raise Unavailable("the carrier answered 503")
            case Trouble.SILENT | Trouble.SLOW:  # who gave up does not know which of the two it was
                self.take(ship.key, ship.address)
                raise Unavailable("the carrier did not answer in time")
        return self.take(ship.key, ship.address)

    def trouble_of(self, key: str, address: Mapping[str, Any]) -> Trouble | None:
        """Return what goes wrong with this request; each one counts."""
        with self._lock:
            self._asked[key] += 1
            of_postcode = BY_POSTCODE.get(address["postcode"], (None, 0))
            trouble, requests = (self.trouble, ANY_POSTCODE) if self.trouble is not None else of_postcode
            return trouble if self._asked[key] <= requests else None

    def take(self, key: str, address: Mapping[str, Any]) -> Outcome:
        """Take the parcel, or decline it."""
        with self._lock:
            if address["country"] == "XX":
                return Outcome(accepted=False, reason="the carrier does not go there")
            parcel = self._parcels.setdefault(key, Parcel(key, _tracking_number(key)))
            return Outcome(accepted=True, tracking_number=parcel.tracking_number)


def _tracking_number(key: str) -> str:
    return f"PARCEL-{sha256(key.encode()).hexdigest()[:12].upper()}"
