"""The travel agency under the simulator: what is asked, the systems outside, what must hold, guards to take out."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from typing import Any

from ensemble.scenario import Command
from ensemble.simulator.account import AwsAccount
from ensemble.simulator.application import Application, Course
from ensemble.simulator.buses import Accepted
from ensemble.simulator.chance import Chance
from ensemble.simulator.topology import FunctionSpec
from functions.billing.cards import DECLINED, CardProvider
from functions.billing.domain import Charge, Refund
from functions.flight.airline import Airline
from functions.flight.domain import BookSeat, CancelSeat
from functions.hotel.client import HotelClient
from functions.hotel.domain import BookRoom, CancelRoom
from functions.hotel.sandbox import HotelSandbox
from functions.kit.errors import Unavailable
from functions.kit.reactor import Adapters
from functions.mail.domain import SendMail
from functions.mail.post import Post
from functions.trip.domain import FARES, NIGHT
from scenarios.travel.mutants import MUTANTS

ENDS = ("TripConfirmed", "TripCancelled", "TripRefused")
FINAL = {"confirmed", "cancelled", "refused"}
SEATS = {"Lisbon": 2, "Oslo": 2, "Rome": 2, "Vienna": 0}
ROOMS = {"Lisbon": 2, "Oslo": 1, "Rome": 0, "Vienna": 2}
SKEW = 300
"""Seconds by which the clock of a function may be wrong."""

CITIES = ("Lisbon", "Lisbon", "Oslo", "Oslo", "Rome", "Vienna", "Reykjavik")
AIRLINE, HOTEL, CARDS = "the airline", "the hotel", "the card provider"


class TravelCourse(Course):
    """One schedule: an airline, a hotel and a card provider, and what must hold of the trips."""

    def __init__(self, account: AwsAccount, commands: Sequence[Command], *, secrets: tuple[str, ...]) -> None:
        super().__init__(account, commands, secrets=secrets, providers=(AIRLINE, HOTEL, CARDS))
        self.airline, self.hotel, self.cards = Airline(SEATS), HotelSandbox(ROOMS, {}), CardProvider()
        account.watch({account.table_of("trip").name: self._trip_is_written})

    def saved(self) -> Any:
        return deepcopy((self.airline, self.hotel, self.cards))

    def restore(self, saved: Any) -> None:
        self.airline, self.hotel, self.cards = deepcopy(saved)

    def outside(self) -> Hashable:
        return (
            tuple(sorted(self.airline.held)),
            tuple(sorted(self.hotel.held)),
            tuple(sorted(self.cards.charges)),
            tuple(sorted(self.cards.refunds)),
        )

    def judge(self) -> Iterator[str]:
        """Judge each trip by what was said of it on the bus, and by what the systems outside hold for it."""
        accepted = self.account.buses.accepted
        asked = {str(event.detail["trip_id"]): event.detail for event in accepted if event.type == "BookTrip"}
        paid = 0
        for trip, booking in sorted(asked.items()):
            said = {(event.type, event.detail["event_id"]) for event in self._events_of(trip) if event.type in ENDS}
            ends = sorted(type for type, _ in said)
            if len(ends) != 1:
                yield f"{trip} ends as {ends}"
                continue
            confirmed = ends == ["TripConfirmed"]
            price = FARES[booking["city"]] + booking["nights"] * NIGHT if confirmed else 0
            paid += price
            yield from self._things(trip, int(confirmed), price)
            yield from self._causes(trip, ends[0], booking)
            yield from self._mails(trip, ends[0], booking["email"])
        if self.cards.balance != paid:
            yield f"the agency has {self.cards.balance} cents of trips that cost {paid}"

    def _things(self, trip: str, expected: int, price: int) -> Iterator[str]:
        held = {
            "seats": int(f"{trip}/seat" in self.airline.held),
            "rooms": int(f"/reservations/{trip}/room" in self.hotel.held),
        }
        for thing, number in held.items():
            if number != expected:
                yield f"{trip} has {number} {thing}, not {expected}"
        key = f"{trip}/charge"
        net = self.cards.charges.get(key, 0) - self.cards.refunds.get(key, 0)
        if net != price:
            yield f"{trip} has paid {net} cents, not {price}"

    def _causes(self, trip: str, end: str, booking: Mapping[str, Any]) -> Iterator[str]:
        about = {event.type for event in self._events_of(trip)}
        causes = {"SeatRefused", "RoomRefused", "ChargeFailed", "TripCancellationRequested"}
        if end == "TripCancelled" and not about & causes:
            yield f"{trip} was cancelled, and nobody asked for it or refused it"
        if end == "TripRefused" and booking["city"] in FARES and "CancelTrip" not in about:
            yield f"{trip} was refused, though its city is served"
        if end != "TripRefused" and booking["city"] not in FARES:
            yield f"{trip} was begun, though its city is not served"

    def _mails(self, trip: str, end: str, address: str) -> Iterator[str]:
        if "mail" in self.account.world.absent:
            return
        mails = [json.loads(request["Message"]) for _, request in self.account.published]
        told = {mail["key"] for mail in mails if mail["key"].startswith(f"{trip}/")}
        missing, wrong = {f"{trip}/{end}"} - told, told - {f"{trip}/{end}", f"{trip}/CancellationRefused"}
        if missing or wrong:
            yield f"the traveller of {trip} was told {sorted(told)}, and it ended as {end}"
        if any(mail["to"] != address for mail in mails if mail["key"] in told):
            yield f"a mail about {trip} went to somebody else"

    def _events_of(self, trip: str) -> Iterator[Accepted]:
        return (event for event in self.account.buses.accepted if event.detail.get("trip_id") == trip)

    def _trip_is_written(self, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> None:
        world = self.account.world
        old, new = _state(before), _state(after)
        if old.get("status") in FINAL and new.get("status") != old["status"]:
            world.violate(f"{new.get('trip_id')} was {old['status']} and becomes {new.get('status')}")
        if (old.get("status"), new.get("status")) == ("requested", "cancelling"):
            wanted = any(event.type == "CancelTrip" for event in self._events_of(new["trip_id"]))
            if not wanted and world.now < datetime.fromisoformat(old["deadline"]).timestamp() - SKEW:
                world.violate(f"{new['trip_id']} is cancelled before its deadline, and nobody asked for it")


class Travel(Application):
    """The travel agency under the simulator."""

    mutants = MUTANTS
    judges_business = True
    publishes_to_topics = True

    def workload(self, chance: Chance) -> Sequence[Command]:
        """Draw one to four trips: to any city, by good and bad cards, some asked for twice, some cancelled."""
        trips = range(1, chance.between("trips", 1, 4) + 1)
        return [command for number in trips for command in _asked(chance, number)]

    def course(self, account: AwsAccount, commands: Sequence[Command]) -> TravelCourse:
        return TravelCourse(account, commands, secrets=super().course(account, commands).secrets)

    def effects(self, function: FunctionSpec, topic: Any) -> Adapters:
        match function.service:
            case "flight":
                return {
                    BookSeat: self._asks(AIRLINE, lambda course, wanted: course.airline.book(wanted)),
                    CancelSeat: self._asks(AIRLINE, lambda course, wanted: course.airline.cancel(wanted)),
                }
            case "hotel":
                return {
                    BookRoom: self._asks(HOTEL, lambda course, wanted: HotelClient(course.hotel.send).book(wanted)),
                    CancelRoom: self._asks(HOTEL, lambda course, wanted: HotelClient(course.hotel.send).cancel(wanted)),
                }
            case "billing":
                return {
                    Charge: self._asks(CARDS, lambda course, wanted: course.cards.charge(wanted)),
                    Refund: self._asks(CARDS, lambda course, wanted: course.cards.refund(wanted)),
                }
            case "mail":
                return {SendMail: Post(topic, function.variables["TOPIC_MAIL_ARN"]).send}
        return {}

    def _asks(self, system: str, perform: Any) -> Any:
        def ask(wanted: Any) -> Any:
            course = self._course
            assert isinstance(course, TravelCourse)
            return course.account.world.effect(system, lambda: perform(course, wanted), Unavailable)

        return ask


def _asked(chance: Chance, number: int) -> Iterator[Command]:
    trip = f"trip-{number}"
    card = DECLINED if chance.draw(f"card of {trip}") < 0.15 else f"secret card of {trip}"
    book = {
        "trip_id": trip,
        "city": chance.one_of(f"city of {trip}", CITIES),
        "nights": chance.between(f"nights of {trip}", 1, 5),
        "email": f"secret-{trip}@example.com",
        "card_token": card,
    }
    at = 1.0 + chance.spread(f"time of {trip}", 0.1, 600)
    yield Command("BookTrip", "website", book, at=at, key=f"BookTrip {trip}")
    if chance.draw(f"{trip} is asked for twice") < 0.2:
        again = at + chance.spread(f"time of {trip} again", 0.1, 3_000)
        yield Command("BookTrip", "website", book, at=again, key=f"BookTrip {trip} again")
    if chance.draw(f"{trip} is cancelled") < 0.4:
        later = max(0.1, at + chance.spread(f"cancellation of {trip}", 0.1, 1_500) - 1.0)
        yield Command("CancelTrip", "website", {"trip_id": trip}, at=later, key=f"CancelTrip {trip}")


def _state(item: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the state in a row; a row that only remembers what it has handled has none."""
    return dict(json.loads(item["state"]["S"]) or {}) if item and "state" in item else {}
