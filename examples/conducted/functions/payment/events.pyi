# Made by `make types` from the schemas and from what the service declares: do not edit.
# ruff: noqa: N802

from typing import Literal, Never, TypedDict, overload

from functions.kit.model import Event, Publication

class ChargePaymentTotal(TypedDict):
    minor_units: int
    currency: str

class ChargePayment(Event):
    type: Literal["ChargePayment"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["order_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["total"]) -> ChargePaymentTotal: ...
    @overload
    def __getitem__(self, name: Literal["payment_token"]) -> str: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class RefundPayment(Event):
    type: Literal["RefundPayment"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["order_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["reason"]) -> str: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class PaymentChargedAmount(TypedDict):
    minor_units: int
    currency: str

class PaymentRefundedAmount(TypedDict):
    minor_units: int
    currency: str

class Publish:
    def PaymentCharged(self, *, order_id: str, amount: PaymentChargedAmount) -> Publication: ...
    def PaymentFailed(self, *, order_id: str, reason: str) -> Publication: ...
    def PaymentRefunded(
        self, *, order_id: str, amount: PaymentRefundedAmount | None = None, reason: str
    ) -> Publication: ...

publish: Publish
