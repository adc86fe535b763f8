"""The Lambda entry of the flight service."""

from functions.flight.airline import SEATS, Airline
from functions.flight.domain import BookSeat, CancelSeat
from functions.flight.service import FLIGHT
from functions.kit.consumer import consumer

airline = Airline(SEATS)
handler = consumer(FLIGHT, effects={BookSeat: airline.book, CancelSeat: airline.cancel})
