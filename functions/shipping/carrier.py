"""A carrier in memory, with the habits of a real one: it refuses countries and times out after success."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock

from functions.shipping.domain import Outcome, Ship


class CarrierTimeout(Exception):
    """Raised when the carrier did not answer in time; it may have taken the parcel."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel that the carrier took, under the key it was handed over with."""

    key: str
    tracking_number: str


class SandboxCarrier:
    """The adapter of the effect Ship: refuses the country "XX"; the postcode "TIMEOUT" ships, then times out once.

    A carrier keeps the sender's reference with the parcel, so unlike a payment key it is never forgotten.
    """

    def __init__(self) -> None:
        self._parcels: dict[str, Parcel] = {}
        self._lock = Lock()

    @property
    def parcels(self) -> Sequence[Parcel]:
        """All parcels, oldest first."""
        return list(self._parcels.values())

    def ship(self, ship: Ship) -> Outcome:
        """Take the parcel once, however often called. Raises CarrierTimeout when the outcome is not known."""
        with self._lock:
            parcel = self._parcels.get(ship.key)
            if parcel is not None:
                return Outcome(accepted=True, tracking_number=parcel.tracking_number)
            if ship.address["country"] == "XX":
                return Outcome(accepted=False, reason="the carrier does not go there")
            parcel = Parcel(ship.key, _tracking_number(ship.key))
            self._parcels[ship.key] = parcel
        if ship.address["postcode"] == "TIMEOUT":
            raise CarrierTimeout(f"no answer to {ship.key}")
        return Outcome(accepted=True, tracking_number=parcel.tracking_number)


def _tracking_number(key: str) -> str:
    return f"PARCEL-{sha256(key.encode()).hexdigest()[:12].upper()}"
