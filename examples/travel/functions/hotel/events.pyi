# Made by `make types` from the schemas and from what the service declares that it reads: do not edit.

from typing import Literal, Never, overload

from functions.kit.model import Event

class ChargeFailed(Event):
    type: Literal["ChargeFailed"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["trip_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["reason"]) -> str: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class SeatBooked(Event):
    type: Literal["SeatBooked"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["trip_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["city"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["nights"]) -> int: ...
    @overload
    def __getitem__(self, name: Literal["price_cents"]) -> int: ...
    @overload
    def __getitem__(self, name: Literal["card_token"]) -> str: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class TripRefunded(Event):
    type: Literal["TripRefunded"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["trip_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["reason"]) -> str: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]
