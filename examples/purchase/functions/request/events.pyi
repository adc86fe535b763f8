# Made by `make types` from the schemas and from what the service declares: do not edit.
# ruff: noqa: N802

from typing import Literal, Never, overload

from functions.kit.model import Event, Publication

class PurchasingCompleted(Event):
    type: Literal["PurchasingCompleted"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["purchase_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["order_number"]) -> str: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class PurchasingFailed(Event):
    type: Literal["PurchasingFailed"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["purchase_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["reason"]) -> str: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class RequestPurchase(Event):
    type: Literal["RequestPurchase"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["purchase_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["department"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["supplier"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["item"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["cents"]) -> int: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class WithdrawPurchase(Event):
    type: Literal["WithdrawPurchase"]
    def __getitem__(self, name: Literal["purchase_id"]) -> str: ...  # type: ignore[override]
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

PurchaseCommandRefusedCommand = Literal["RequestPurchase", "WithdrawPurchase"]

class Publish:
    def PurchaseBought(self, *, purchase_id: str, order_number: str) -> Publication: ...
    def PurchaseCommandRefused(
        self, *, purchase_id: str, command: PurchaseCommandRefusedCommand, command_id: str | None = None, reason: str
    ) -> Publication: ...
    def PurchaseNotBought(self, *, purchase_id: str, reason: str) -> Publication: ...
    def PurchaseRequested(
        self, *, purchase_id: str, department: str, supplier: str, item: str, cents: int
    ) -> Publication: ...
    def WithdrawalRequested(self, *, purchase_id: str, reason: str) -> Publication: ...

publish: Publish
