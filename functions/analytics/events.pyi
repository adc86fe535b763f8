# Made by `make types` from the schemas and from what the service declares: do not edit.

from typing import Literal, Never, TypedDict, overload

from functions.kit.model import Event

class OrderCancelled(Event):
    type: Literal["OrderCancelled"]
    def __getitem__(self, name: Never) -> object: ...  # type: ignore[override]
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class OrderCompletedTotal(TypedDict):
    minor_units: int
    currency: str

class OrderCompleted(Event):
    type: Literal["OrderCompleted"]
    def __getitem__(self, name: Literal["total"]) -> OrderCompletedTotal: ...  # type: ignore[override]
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class OrderPlacedTotal(TypedDict):
    minor_units: int
    currency: str

class OrderPlaced(Event):
    type: Literal["OrderPlaced"]
    def __getitem__(self, name: Literal["total"]) -> OrderPlacedTotal: ...  # type: ignore[override]
    @overload  # type: ignore[override]
    def get(self, name: Literal["channel"], default: None = None) -> str | None: ...
    @overload
    def get(self, name: Literal["channel"], default: str) -> str: ...
