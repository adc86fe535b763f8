# Made by `make types` from the schemas and from what the service declares: do not edit.
# ruff: noqa: N802

from typing import Literal, Never, TypedDict, overload

from functions.kit.model import Event, Publication

class OrderPlacedItems(TypedDict):
    sku: str
    quantity: int

class OrderPlacedTotal(TypedDict):
    minor_units: int
    currency: str

class OrderPlacedAddress(TypedDict):
    country: str
    postcode: str
    street: str

class OrderPlaced(Event):
    type: Literal["OrderPlaced"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["order_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["items"]) -> list[OrderPlacedItems]: ...
    @overload
    def __getitem__(self, name: Literal["total"]) -> OrderPlacedTotal: ...
    @overload
    def __getitem__(self, name: Literal["payment_token"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["address"]) -> OrderPlacedAddress: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class PaymentFailed(Event):
    type: Literal["PaymentFailed"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["order_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["reason"]) -> str: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class PaymentRefunded(Event):
    type: Literal["PaymentRefunded"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["order_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["reason"]) -> str: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class ReceiveStock(Event):
    type: Literal["ReceiveStock"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["receipt_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["sku"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["quantity"]) -> int: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class InventoryReservedItems(TypedDict):
    sku: str
    quantity: int

class InventoryReservedTotal(TypedDict):
    minor_units: int
    currency: str

class InventoryReservedAddress(TypedDict):
    country: str
    postcode: str
    street: str

class Publish:
    def InventoryRejected(self, *, order_id: str, reason: str) -> Publication: ...
    def InventoryReleased(self, *, order_id: str, reason: str) -> Publication: ...
    def InventoryReserved(
        self,
        *,
        order_id: str,
        items: list[InventoryReservedItems],
        total: InventoryReservedTotal,
        payment_token: str,
        address: InventoryReservedAddress,
    ) -> Publication: ...
    def ReceiptRefused(self, *, receipt_id: str, command_id: str | None = None, reason: str) -> Publication: ...
    def StockReceived(self, *, receipt_id: str, sku: str, quantity: int) -> Publication: ...

publish: Publish
