# Made by `make types` from the schemas and from what the service declares: do not edit.
# ruff: noqa: N802

from typing import Literal, Never, overload

from functions.kit.model import Event, Publication

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

TripCommandRefusedCommand = Literal["BookTrip", "CancelTrip"]

class Publish:
    def CancellationRefused(self, *, trip_id: str, email: str) -> Publication: ...
    def TripCancellationRequested(self, *, trip_id: str, reason: str) -> Publication: ...
    def TripCancelled(self, *, trip_id: str, email: str, reason: str) -> Publication: ...
    def TripCommandRefused(
        self, *, trip_id: str, command: TripCommandRefusedCommand, command_id: str | None = None, reason: str
    ) -> Publication: ...
    def TripConfirmed(self, *, trip_id: str, email: str) -> Publication: ...
    def TripRefused(self, *, trip_id: str, email: str, reason: str) -> Publication: ...
    def TripRequested(
        self, *, trip_id: str, city: str, nights: int, price_cents: int, card_token: str
    ) -> Publication: ...

publish: Publish
