# Made by `make types` from the schemas and from what the service declares: do not edit.
# ruff: noqa: N802

from typing import Literal, Never, TypedDict, overload

from functions.kit.model import Event, Publication

class ShipOrderItems(TypedDict):
    sku: str
    quantity: int

class ShipOrderAddress(TypedDict):
    country: str
    postcode: str
    street: str

class ShipOrder(Event):
    type: Literal["ShipOrder"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["order_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["items"]) -> list[ShipOrderItems]: ...
    @overload
    def __getitem__(self, name: Literal["address"]) -> ShipOrderAddress: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class Publish:
    def ShipmentCreated(self, *, order_id: str, tracking_number: str) -> Publication: ...
    def ShipmentFailed(self, *, order_id: str, reason: str) -> Publication: ...

publish: Publish
