# Made by `make types` from the schemas and from what the service declares: do not edit.
# ruff: noqa: N802

from typing import Literal, Never, TypedDict, overload

from functions.kit.model import Event, Publication

class ReceiveStock(Event):
    type: Literal["ReceiveStock"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["receipt_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["sku"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["quantity"]) -> int: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class ReleaseStock(Event):
    type: Literal["ReleaseStock"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["order_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["reason"]) -> str: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class ReserveStockItems(TypedDict):
    sku: str
    quantity: int

class ReserveStock(Event):
    type: Literal["ReserveStock"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["order_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["items"]) -> list[ReserveStockItems]: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class Publish:
    def InventoryRejected(self, *, order_id: str, reason: str) -> Publication: ...
    def InventoryReleased(self, *, order_id: str, reason: str) -> Publication: ...
    def InventoryReserved(self, *, order_id: str) -> Publication: ...
    def ReceiptRefused(self, *, receipt_id: str, command_id: str | None = None, reason: str) -> Publication: ...
    def StockReceived(self, *, receipt_id: str, sku: str, quantity: int) -> Publication: ...

publish: Publish
