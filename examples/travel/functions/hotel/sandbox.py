"""A hotel in memory that is asked as if over HTTP."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from http import HTTPStatus

from functions.hotel.client import Response

ROOMS = {"Lisbon": 40, "Oslo": 40, "Rome": 0, "Vienna": 40}
"""How many rooms there are in each city. The hotel in Rome is always full."""

SILENT = {"Oslo": 25}
"""How many requests for one room get no useful answer in a city, before the hotel wakes up."""


class HotelSandbox:
    """Has so many rooms in each city. A path that it has seen gets the same answer and takes no further room."""

    def __init__(self, rooms: Mapping[str, int], silent: Mapping[str, int]) -> None:
        self.rooms, self.silent = dict(rooms), dict(silent)
        self.answers: dict[str, Response] = {}
        self.held: dict[str, str] = {}
        self.asked: Counter[str] = Counter()

    def send(self, method: str, path: str, body: str) -> Response:
        """Answer a request."""
        if method == "DELETE":
            was_there = self.held.pop(path, None) is not None
            return Response(HTTPStatus.NO_CONTENT if was_there else HTTPStatus.NOT_FOUND)
        city = json.loads(body)["city"]
        self.asked[path] += 1
        if self.asked[path] <= self.silent.get(city, 0):
            return Response(HTTPStatus.SERVICE_UNAVAILABLE)
        if path not in self.answers:
            self.answers[path] = self._book(path, city)
        return self.answers[path]

    def _book(self, path: str, city: str) -> Response:
        if list(self.held.values()).count(city) >= self.rooms.get(city, 0):
            return Response(HTTPStatus.CONFLICT)
        self.held[path] = city
        return Response(HTTPStatus.CREATED, json.dumps({"room": str(100 + len(self.answers))}))
