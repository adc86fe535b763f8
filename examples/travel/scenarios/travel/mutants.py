"""The guards of the travel agency, each with how to take it out."""

from ensemble.simulator.mutation import Edit, Mutant

FLIGHT, HOTEL = "functions/flight/domain.py", "functions/hotel/domain.py"
BILLING, TRIP = "functions/billing/domain.py", "functions/trip/domain.py"

MUTANTS = (
    Mutant(
        "tombstone of a seat that is cancelled before it is requested",
        (
            Edit(
                FLIGHT, 'seat is not None and seat.status != "booking"', 'seat and seat.status in ("booked", "refused")'
            ),
        ),
    ),
    Mutant(
        "tombstone of a room that is cancelled before it is requested",
        (
            Edit(
                HOTEL, 'room is not None and room.status != "booking"', 'room and room.status in ("booked", "refused")'
            ),
        ),
    ),
    Mutant(
        "tombstone of a charge that is withdrawn before it is made",
        (
            Edit(
                BILLING,
                'payment is not None and payment.status != "charging"',
                'payment and payment.status in ("charged", "declined")',
            ),
        ),
    ),
    Mutant(
        "a seat waits while the booking is not known",
        (
            Edit(
                FLIGHT, 'raise NotYet("whether the airline booked the seat is not known yet")', "return unchanged(seat)"
            ),
        ),
    ),
    Mutant(
        "a room waits while the booking is not known",
        (Edit(HOTEL, 'raise NotYet("whether the hotel booked the room is not known yet")', "return unchanged(room)"),),
    ),
    Mutant(
        "a refund waits while the charge is not known",
        (
            Edit(
                BILLING, 'raise NotYet("whether the charge went through is not known yet")', "return unchanged(payment)"
            ),
        ),
    ),
    Mutant(
        "a trip that is being cancelled is not confirmed",
        (
            Edit(
                TRIP,
                'trip.status != "requested":  # cancelling: the refund is on its way',
                'trip.status not in ("requested", "cancelling"):',
            ),
        ),
    ),
    Mutant(
        "a trip is requested once",
        (Edit(TRIP, "    if trip is not None:\n        return _not_done", "    if False:\n        return _not_done"),),
    ),
    Mutant(
        "a trip that there is answers whoever books it again",
        (
            Edit(
                TRIP,
                '    if trip is not None:\n        return _not_done(trip, event, f"it is {trip.status} already")',
                "    if trip is not None:\n        return unchanged(trip)",
            ),
        ),
    ),
    Mutant(
        "a seat is given back once",
        (Edit(FLIGHT, 'seat.status not in ("booked", "cancelling")', 'seat.status == "refused"'),),
        redundant="RoomRefused and RoomCancelled never both come, and a repeated event is known by its id",
    ),
)
