# Made by `make types` from the schemas and from what the service declares: do not edit.
# ruff: noqa: N802

from typing import Literal, Never, overload

from functions.kit.model import Event, Publication

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

class Publish:
    def RoomBooked(self, *, trip_id: str, price_cents: int, card_token: str, room: str) -> Publication: ...
    def RoomCancelled(self, *, trip_id: str, reason: str) -> Publication: ...
    def RoomRefused(self, *, trip_id: str, reason: str) -> Publication: ...

publish: Publish
