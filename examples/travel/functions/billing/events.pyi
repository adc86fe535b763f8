# Made by `make types` from the schemas and from what the service declares: do not edit.
# ruff: noqa: N802

from typing import Literal, Never, overload

from functions.kit.model import Event, Publication

class RoomBooked(Event):
    type: Literal["RoomBooked"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["trip_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["price_cents"]) -> int: ...
    @overload
    def __getitem__(self, name: Literal["card_token"]) -> str: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class TripCancellationRequested(Event):
    type: Literal["TripCancellationRequested"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["trip_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["reason"]) -> str: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class Publish:
    def ChargeFailed(self, *, trip_id: str, reason: str) -> Publication: ...
    def TripCharged(self, *, trip_id: str, price_cents: int) -> Publication: ...
    def TripRefunded(self, *, trip_id: str, refunded_cents: int, reason: str) -> Publication: ...

publish: Publish
