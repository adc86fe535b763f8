# Made by `make types` from the schemas and from what the service declares: do not edit.
# ruff: noqa: N802

from typing import Literal, Never, TypedDict, overload

from functions.kit.model import Event, Publication

class InventoryRejected(Event):
    type: Literal["InventoryRejected"]
    def __getitem__(self, name: Never) -> object: ...  # type: ignore[override]
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class InventoryReservedTotal(TypedDict):
    minor_units: int
    currency: str

class InventoryReservedItems(TypedDict):
    sku: str
    quantity: int

class InventoryReservedAddress(TypedDict):
    country: str
    postcode: str
    street: str

class InventoryReserved(Event):
    type: Literal["InventoryReserved"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["order_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["total"]) -> InventoryReservedTotal: ...
    @overload
    def __getitem__(self, name: Literal["items"]) -> list[InventoryReservedItems]: ...
    @overload
    def __getitem__(self, name: Literal["address"]) -> InventoryReservedAddress: ...
    @overload  # type: ignore[override]
    def get(self, name: Literal["payment_token"], default: None = None) -> str | None: ...
    @overload
    def get(self, name: Literal["payment_token"], default: str) -> str: ...

class OrderPlaced(Event):
    type: Literal["OrderPlaced"]
    def __getitem__(self, name: Literal["payment_token"]) -> str: ...  # type: ignore[override]
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class ShipmentFailed(Event):
    type: Literal["ShipmentFailed"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["order_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["reason"]) -> str: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class PaymentChargedAmount(TypedDict):
    minor_units: int
    currency: str

class PaymentChargedItems(TypedDict):
    sku: str
    quantity: int

class PaymentChargedAddress(TypedDict):
    country: str
    postcode: str
    street: str

class PaymentRefundedAmount(TypedDict):
    minor_units: int
    currency: str

class Publish:
    def PaymentCharged(
        self,
        *,
        order_id: str,
        amount: PaymentChargedAmount,
        items: list[PaymentChargedItems],
        address: PaymentChargedAddress,
    ) -> Publication: ...
    def PaymentFailed(self, *, order_id: str, reason: str) -> Publication: ...
    def PaymentRefunded(self, *, order_id: str, amount: PaymentRefundedAmount, reason: str) -> Publication: ...

publish: Publish
