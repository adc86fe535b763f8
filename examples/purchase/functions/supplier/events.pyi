# Made by `make types` from the schemas and from what the service declares: do not edit.
# ruff: noqa: N802

from typing import Literal, Never, overload

from functions.kit.model import Event, Publication

class CheckSupplier(Event):
    type: Literal["CheckSupplier"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["purchase_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["supplier"]) -> str: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class PlacePurchase(Event):
    type: Literal["PlacePurchase"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["purchase_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["supplier"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["item"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["cents"]) -> int: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class Publish:
    def PurchasePlaced(self, *, purchase_id: str, order_number: str) -> Publication: ...
    def PurchaseRefused(self, *, purchase_id: str, reason: str) -> Publication: ...
    def SupplierAccepted(self, *, purchase_id: str) -> Publication: ...
    def SupplierRejected(self, *, purchase_id: str, reason: str) -> Publication: ...

publish: Publish
