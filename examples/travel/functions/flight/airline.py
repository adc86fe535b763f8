"""An airline in memory. A real one's client takes its place: it has the same two methods."""

from __future__ import annotations

from collections.abc import Mapping

from functions.flight.domain import BookSeat, CancelSeat, SeatAnswer

SEATS = {"Lisbon": 40, "Oslo": 40, "Rome": 40, "Vienna": 0}
"""How many seats there are to each city. The flight to Vienna is always full."""


class Airline:
    """Has so many seats to each city. A key that it has seen gets the same answer and takes no further seat."""

    def __init__(self, seats: Mapping[str, int]) -> None:
        self.seats = dict(seats)
        self.answers: dict[str, SeatAnswer] = {}
        self.held: dict[str, str] = {}

    def book(self, wanted: BookSeat) -> SeatAnswer:
        """The adapter of the effect BookSeat."""
        if wanted.key not in self.answers:
            taken = list(self.held.values()).count(wanted.city)
            is_free = taken < self.seats.get(wanted.city, 0)
            self.answers[wanted.key] = SeatAnswer(f"{len(self.answers) + 1}A" if is_free else None)
            if is_free:
                self.held[wanted.key] = wanted.city
        return self.answers[wanted.key]

    def cancel(self, given_back: CancelSeat) -> None:
        """The adapter of the effect CancelSeat. A seat that is given back already stays so."""
        self.held.pop(given_back.key, None)
