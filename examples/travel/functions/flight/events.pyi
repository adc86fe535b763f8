# Made by `make types` from the schemas and from what the service declares: do not edit.
# ruff: noqa: N802

from typing import Literal, Never, overload

from functions.kit.model import Event, Publication

class RoomCancelled(Event):
    type: Literal["RoomCancelled"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["trip_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["reason"]) -> str: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class RoomRefused(Event):
    type: Literal["RoomRefused"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["trip_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["reason"]) -> str: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class TripRequested(Event):
    type: Literal["TripRequested"]
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

class Publish:
    def SeatBooked(
        self, *, trip_id: str, city: str, nights: int, price_cents: int, card_token: str, seat: str
    ) -> Publication: ...
    def SeatCancelled(self, *, trip_id: str, reason: str) -> Publication: ...
    def SeatRefused(self, *, trip_id: str, reason: str) -> Publication: ...

publish: Publish
