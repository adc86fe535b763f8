"""The carrier: one suite for the one in memory, which the simulator uses, and for the client over HTTP."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from ensemble.scenario.http_sandbox import Answer, Request
from functions.kit.errors import Unavailable
from functions.kit.telemetry import described
from functions.shipping.carrier import Carrier, CarrierMisunderstood
from functions.shipping.domain import Outcome, Ship
from scenarios.shop.carrier import ANY_POSTCODE, BY_POSTCODE, CarrierInMemory, Trouble
from scenarios.shop.carrier_sandbox import KEY, CarrierSandbox
from tests.shop.services.table import ADDRESS, LINES

PATIENCE = 30.0
"""Seconds that the client waits where the sandbox answers: far more than it needs."""

HASTE = 0.1
"""Seconds that the client waits where the sandbox does not answer."""

NOBODY_GOES_THERE = Outcome(False, reason="the carrier does not go there")


def a_parcel(key: str = "o-1/ship", **address: str) -> Ship:
    return Ship(key, LINES, ADDRESS | address)


def client(sandbox: CarrierSandbox, timeout: float = PATIENCE, key: str = KEY) -> Carrier:
    return Carrier(sandbox.url, lambda: key, timeout)


@pytest.fixture
def sandbox() -> Iterator[CarrierSandbox]:
    made = CarrierSandbox()
    yield made
    made.close()


# What holds of both


@dataclass
class Both:
    """A carrier as the service meets it, and what it holds: `carrier`."""

    ship: Callable[[Ship], Outcome]
    carrier: CarrierInMemory


@pytest.fixture(params=["in memory", "over HTTP"])
def both(request: pytest.FixtureRequest, sandbox: CarrierSandbox) -> Both:
    if request.param == "in memory":
        carrier = CarrierInMemory()
        return Both(carrier.ship, carrier)

    def ship(parcel: Ship) -> Outcome:
        _, of_postcode = BY_POSTCODE.get(parcel.address["postcode"], (None, 0))
        in_trouble = ANY_POSTCODE if sandbox.carrier.trouble is not None else of_postcode
        is_silent = sandbox.carrier.asked.get(parcel.key, 0) < in_trouble
        return client(sandbox, HASTE if is_silent else PATIENCE).ship(parcel)

    return Both(ship, sandbox.carrier)


def test_a_parcel_handed_over_twice_is_one_parcel(both: Both) -> None:
    outcomes = {both.ship(a_parcel()), both.ship(a_parcel())}

    assert outcomes == {Outcome(True, both.carrier.parcels[0].tracking_number)}
    assert [parcel.key for parcel in both.carrier.parcels] == ["o-1/ship"]


def test_parcels_have_different_numbers(both: Both) -> None:
    both.ship(a_parcel())
    both.ship(a_parcel("o-2/ship"))

    assert len({parcel.tracking_number for parcel in both.carrier.parcels}) == 2


def test_a_country_that_the_carrier_does_not_serve_is_declined_however_often_it_is_asked(both: Both) -> None:
    assert [both.ship(a_parcel(country="XX")) for _ in range(2)] == [NOBODY_GOES_THERE] * 2
    assert both.carrier.parcels == []


def test_a_hand_over_without_an_answer_has_happened_and_is_not_repeated(both: Both) -> None:
    with pytest.raises(Unavailable):
        both.ship(a_parcel(postcode="TIMEOUT"))
    assert len(both.carrier.parcels) == 1

    assert both.ship(a_parcel(postcode="TIMEOUT")).accepted
    assert len(both.carrier.parcels) == 1


def test_a_slow_carrier_takes_one_parcel_however_often_the_caller_gives_up(both: Both) -> None:
    for _ in range(2):
        with pytest.raises(Unavailable):
            both.ship(a_parcel(postcode="SLOW"))

    assert both.ship(a_parcel(postcode="SLOW")).accepted
    assert len(both.carrier.parcels) == 1


def test_a_carrier_that_is_down_takes_nothing_until_it_is_back(both: Both) -> None:
    for _ in range(BY_POSTCODE["DOWN"][1]):
        with pytest.raises(Unavailable):
            both.ship(a_parcel(postcode="DOWN"))
    assert both.carrier.parcels == []

    assert both.ship(a_parcel(postcode="DOWN")).accepted


@pytest.mark.parametrize("trouble", Trouble)
def test_a_trouble_of_all_parcels_ends(both: Both, trouble: Trouble) -> None:
    both.carrier.trouble = trouble
    for _ in range(2):
        with pytest.raises(Unavailable):
            both.ship(a_parcel())

    assert both.ship(a_parcel()).accepted
    assert len(both.carrier.parcels) == 1


@pytest.mark.parametrize("key", ["o 1/ship", "Bestellung-ä/ship", "o-1\r\nX-Other: 1/ship"])
def test_any_key_finds_its_parcel_again(both: Both, key: str) -> None:
    assert both.ship(a_parcel(key)) == both.ship(a_parcel(key))
    assert [parcel.key for parcel in both.carrier.parcels] == [key]


# What holds of the client alone


class Odd(CarrierSandbox):
    """A carrier that gives each request the same answer, whatever it is."""

    def __init__(self, *answer: Any) -> None:
        self.given, self.asked = answer, list[Request]()
        super().__init__()

    def answer(self, request: Request) -> Answer | None:
        self.asked.append(request)
        return Answer(*self.given) if self.given else None


@pytest.fixture
def odd() -> Iterator[Callable[..., Odd]]:
    made: list[Odd] = []

    def make(*answer: Any) -> Odd:
        made.append(Odd(*answer))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_a_request_has_the_key_of_the_parcel_the_secret_and_what_is_in_it(odd: Callable[..., Odd]) -> None:
    carrier = odd(201, {"tracking_number": "PARCEL-1"})

    assert client(carrier).ship(a_parcel()) == Outcome(True, "PARCEL-1")

    (request,) = carrier.asked
    assert (request.method, request.path) == ("POST", "/parcels")
    assert request.headers["idempotency-key"] == "o-1/ship"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.content == {"items": LINES, "address": ADDRESS}


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504])
def test_a_status_that_decides_nothing_is_tried_again_later(odd: Callable[..., Odd], status: int) -> None:
    carrier = odd(status, {"error": "declined", "reason": "not now"})

    with pytest.raises(Unavailable, match=f"the carrier answered {status}"):
        client(carrier).ship(a_parcel())

    assert len(carrier.asked) == 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120), ("Thu, 01 Jan 2026 12:00:00 GMT", 0), ("soon", None), ("9" * 5_000, None), (None, None)],
)
def test_when_the_carrier_says_that_it_may_be_asked_again_is_passed_on(
    odd: Callable[..., Odd], header: str | None, seconds: float | None
) -> None:
    carrier = odd(503, {}, {} if header is None else {"Retry-After": header})

    with pytest.raises(Unavailable) as raised:
        client(carrier).ship(a_parcel())

    assert raised.value.retry_after == seconds


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_declined_parcel_is_an_outcome_under_any_status_that_is_the_caller_s_fault(
    odd: Callable[..., Odd], status: int
) -> None:
    carrier = odd(status, {"error": "declined", "reason": "too heavy"})

    assert client(carrier).ship(a_parcel()) == Outcome(False, reason="too heavy")


@pytest.mark.parametrize(
    ("given", "reason"),
    [({}, "the carrier declined"), ({"reason": "no\r\nway" + "!" * 900}, "noway" + "!" * 251), ({"reason": 7}, "7")],
)
def test_a_reason_fits_the_event_that_it_goes_into(odd: Callable[..., Odd], given: Any, reason: str) -> None:
    assert client(odd(422, {"error": "declined", **given})).ship(a_parcel()).reason == reason


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((401, {"error": "unknown_key"}), "the carrier answered 401 (unknown_key)"),
        ((404,), "the carrier answered 404"),
        ((302, {"error": "moved"}), "the carrier answered 302 (moved)"),
        ((400, {"error": "no " + ADDRESS["street"]}), "the carrier answered 400"),
        ((400, {"error": "x" * 65}), "the carrier answered 400"),
        ((400, ["declined"]), "the carrier answered 400"),
        ((201, {}), "the carrier answered 201 without a tracking number"),
        ((200, {"tracking_number": 17}), "the carrier answered 200 without a tracking number"),
        ((200, {"tracking_number": "x" * 65}), "the carrier answered 200 without a tracking number"),
        ((201, {"tracking_number": "1", "more": "x" * 20_000}), "the carrier answered 201 without a tracking number"),
    ],
)
def test_what_a_person_must_look_at_names_the_status_and_the_carrier_s_code(
    odd: Callable[..., Odd], answer: Any, said: str
) -> None:
    with pytest.raises(CarrierMisunderstood) as raised:
        client(odd(*answer)).ship(a_parcel())

    assert described(raised.value) == f"CarrierMisunderstood: {said}"


def test_a_wrong_key_is_refused_by_the_sandbox_as_by_a_carrier(sandbox: CarrierSandbox) -> None:
    with pytest.raises(CarrierMisunderstood, match=r"401 \(unknown_key\)"):
        client(sandbox, key="other").ship(a_parcel())


def test_a_redirect_is_not_followed_with_the_secret(odd: Callable[..., Odd], sandbox: CarrierSandbox) -> None:
    carrier = odd(307, {}, {"Location": f"{sandbox.url}/parcels"})

    with pytest.raises(CarrierMisunderstood, match="307"):
        client(carrier).ship(a_parcel())

    assert sandbox.parcels == []


def test_a_refused_connection_and_one_that_ends_without_an_answer_are_tried_again_later(
    odd: Callable[..., Odd], sandbox: CarrierSandbox
) -> None:
    sandbox.stop()

    with pytest.raises(Unavailable, match="cannot be reached: NewConnectionError"):
        client(sandbox).ship(a_parcel())
    with pytest.raises(Unavailable, match="cannot be reached: ProtocolError"):
        client(odd()).ship(a_parcel())


def test_no_fault_shows_the_secret_the_address_of_the_parcel_or_that_of_the_carrier(sandbox: CarrierSandbox) -> None:
    faults: list[str] = []
    for timeout, parcel in ((HASTE, a_parcel(postcode="TIMEOUT")), (PATIENCE, a_parcel(postcode="DOWN"))):
        with pytest.raises(Unavailable) as raised:
            client(sandbox, timeout).ship(parcel)
        faults.append("".join(traceback.format_exception(raised.value)))
    sandbox.stop()
    with pytest.raises(Unavailable) as raised:
        client(sandbox).ship(a_parcel())
    faults.append("".join(traceback.format_exception(raised.value)))

    shown = json.dumps(faults) + repr(client(sandbox)) + str(vars(client(sandbox)).keys())
    for value in (KEY, ADDRESS["street"], sandbox.url.rpartition(":")[2]):
        assert value not in shown


def test_the_secret_is_read_when_a_parcel_is_handed_over_and_not_before(sandbox: CarrierSandbox) -> None:
    read: list[str] = []

    carrier = Carrier(sandbox.url, lambda: read.append(KEY) or KEY, PATIENCE)  # type: ignore[func-returns-value]
    assert read == []

    carrier.ship(a_parcel())
    assert read == [KEY]


def test_connections_are_made_from_one_pool(sandbox: CarrierSandbox) -> None:
    carrier = client(sandbox)

    carrier.ship(a_parcel())
    carrier.ship(a_parcel("o-2/ship"))

    assert len(carrier._pool.pools) == 1
