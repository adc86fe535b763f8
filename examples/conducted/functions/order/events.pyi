# Made by `make types` from the schemas and from what the service declares: do not edit.
# ruff: noqa: N802

from typing import Literal, Never, TypedDict, overload

from functions.kit.model import Event, Publication

class CancelOrder(Event):
    type: Literal["CancelOrder"]
    def __getitem__(self, name: Literal["order_id"]) -> str: ...  # type: ignore[override]
    @overload  # type: ignore[override]
    def get(self, name: Literal["reason"], default: None = None) -> str | None: ...
    @overload
    def get(self, name: Literal["reason"], default: str) -> str: ...

class FulfilmentCompleted(Event):
    type: Literal["FulfilmentCompleted"]
    def __getitem__(self, name: Literal["tracking_number"]) -> str: ...  # type: ignore[override]
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class FulfilmentFailed(Event):
    type: Literal["FulfilmentFailed"]
    def __getitem__(self, name: Literal["reason"]) -> str: ...  # type: ignore[override]
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class PlaceOrderItems(TypedDict):
    sku: str
    quantity: int
    unit_price: float

class PlaceOrderAddress(TypedDict):
    country: str
    postcode: str
    street: str

class PlaceOrder(Event):
    type: Literal["PlaceOrder"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["order_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["customer_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["email"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["items"]) -> list[PlaceOrderItems]: ...
    @overload
    def __getitem__(self, name: Literal["payment_token"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["address"]) -> PlaceOrderAddress: ...
    @overload  # type: ignore[override]
    def get(self, name: Literal["channel"], default: None = None) -> str | None: ...
    @overload
    def get(self, name: Literal["channel"], default: str) -> str: ...

OrderCancellationRequestedRequestedBy = Literal["customer", "deadline"]

OrderCommandRefusedCommand = Literal["PlaceOrder", "CancelOrder"]

class OrderCompletedTotal(TypedDict):
    minor_units: int
    currency: str

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

class Publish:
    def OrderCancellationRequested(
        self,
        *,
        order_id: str,
        email: str,
        reason: str,
        requested_by: OrderCancellationRequestedRequestedBy | None = None,
    ) -> Publication: ...
    def OrderCancelled(self, *, order_id: str, customer_id: str, email: str, reason: str) -> Publication: ...
    def OrderCommandRefused(
        self, *, order_id: str, command: OrderCommandRefusedCommand, command_id: str | None = None, reason: str
    ) -> Publication: ...
    def OrderCompleted(
        self, *, order_id: str, customer_id: str, email: str, total: OrderCompletedTotal, tracking_number: str
    ) -> Publication: ...
    def OrderPlaced(
        self,
        *,
        order_id: str,
        customer_id: str,
        items: list[OrderPlacedItems],
        total: OrderPlacedTotal,
        payment_token: str,
        address: OrderPlacedAddress,
        channel: str | None = None,
    ) -> Publication: ...

publish: Publish
