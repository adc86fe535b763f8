"""Talks to the hotel as its HTTP interface wants it: PUT books a room, DELETE gives it back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from functions.hotel.domain import BookRoom, CancelRoom, RoomAnswer
from functions.kit.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Response:
    """A status and a body of JSON, as they come over the wire."""

    status: int
    body: str = "{}"


Send = Callable[[str, str, str], Response]
"""Sends a method, a path and a body of JSON. A real hotel needs one that is made with urllib, and a timeout."""


class HotelClient:
    """The adapters of the hotel's effects. The path holds the key, so a call that is made again changes nothing.

    What is no answer that decides anything raises Unavailable: the event waits for the hotel.
    """

    def __init__(self, send: Send) -> None:
        self._send = send

    def book(self, wanted: BookRoom) -> RoomAnswer:
        """The adapter of the effect BookRoom."""
        body = json.dumps({"city": wanted.city, "nights": wanted.nights})
        response = self._send("PUT", f"/reservations/{wanted.key}", body)
        match response.status:
            case HTTPStatus.OK | HTTPStatus.CREATED:
                return RoomAnswer(str(json.loads(response.body)["room"]))
            case HTTPStatus.CONFLICT:
                return RoomAnswer(None)
        raise Unavailable(f"the hotel answered {response.status}")

    def cancel(self, given_back: CancelRoom) -> None:
        """The adapter of the effect CancelRoom. A room that is not there any more is given back."""
        response = self._send("DELETE", f"/reservations/{given_back.key}", "{}")
        if response.status not in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND):
            raise Unavailable(f"the hotel answered {response.status}")
