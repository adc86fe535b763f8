# Made by `make types` from the schemas and from what the service declares: do not edit.

from typing import Literal, Never, overload

from functions.kit.model import Event

class CancellationRefused(Event):
    type: Literal["CancellationRefused"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["trip_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["email"]) -> str: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class TripCancelled(Event):
    type: Literal["TripCancelled"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["trip_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["email"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["reason"]) -> str: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class TripConfirmed(Event):
    type: Literal["TripConfirmed"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["trip_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["email"]) -> str: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class TripRefused(Event):
    type: Literal["TripRefused"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["trip_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["email"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["reason"]) -> str: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]
