# Made by `make types` from the schemas and from what the service declares that it reads: do not edit.

from typing import Literal, Never, overload

from functions.kit.model import Event

BookTripCity = Literal["Lisbon", "Oslo", "Rome", "Vienna", "Reykjavik"]

class BookTrip(Event):
    type: Literal["BookTrip"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["trip_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["city"]) -> BookTripCity: ...
    @overload
    def __getitem__(self, name: Literal["nights"]) -> int: ...
    @overload
    def __getitem__(self, name: Literal["email"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["card_token"]) -> str: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class CancelTrip(Event):
    type: Literal["CancelTrip"]
    def __getitem__(self, name: Literal["trip_id"]) -> str: ...  # type: ignore[override]
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class SeatCancelled(Event):
    type: Literal["SeatCancelled"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["trip_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["reason"]) -> str: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class SeatRefused(Event):
    type: Literal["SeatRefused"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["trip_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["reason"]) -> str: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class TripCharged(Event):
    type: Literal["TripCharged"]
    def __getitem__(self, name: Literal["trip_id"]) -> str: ...  # type: ignore[override]
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]
