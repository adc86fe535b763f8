# Made by `make types` from the schemas and from what the service declares: do not edit.
# ruff: noqa: N802

from typing import Literal, Never, TypedDict, overload

from functions.kit.model import Event, Publication

OrderCancellationRequestedRequestedBy = Literal["customer", "deadline"]

class OrderCancellationRequested(Event):
    type: Literal["OrderCancellationRequested"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["order_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["email"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["reason"]) -> str: ...
    @overload  # type: ignore[override]
    def get(
        self, name: Literal["requested_by"], default: None = None
    ) -> OrderCancellationRequestedRequestedBy | None: ...
    @overload
    def get(
        self, name: Literal["requested_by"], default: OrderCancellationRequestedRequestedBy
    ) -> OrderCancellationRequestedRequestedBy: ...

class PaymentChargedItems(TypedDict):
    sku: str
    quantity: int

class PaymentChargedAddress(TypedDict):
    country: str
    postcode: str
    street: str

class PaymentCharged(Event):
    type: Literal["PaymentCharged"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["order_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["items"]) -> list[PaymentChargedItems]: ...
    @overload
    def __getitem__(self, name: Literal["address"]) -> PaymentChargedAddress: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

CancellationRejectedRequestedBy = Literal["customer", "deadline"]

class Publish:
    def CancellationRejected(
        self, *, order_id: str, email: str, reason: str, requested_by: CancellationRejectedRequestedBy | None = None
    ) -> Publication: ...
    def ShipmentCreated(self, *, order_id: str, tracking_number: str) -> Publication: ...
    def ShipmentFailed(self, *, order_id: str, reason: str) -> Publication: ...

publish: Publish
