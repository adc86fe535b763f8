# Made by `make types` from the schemas and from what the service declares: do not edit.

from typing import Literal, Never, overload

from functions.kit.model import Event

CancellationRejectedRequestedBy = Literal["customer", "deadline"]

class CancellationRejected(Event):
    type: Literal["CancellationRejected"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["order_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["email"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["reason"]) -> str: ...
    @overload  # type: ignore[override]
    def get(self, name: Literal["requested_by"], default: None = None) -> CancellationRejectedRequestedBy | None: ...
    @overload
    def get(
        self, name: Literal["requested_by"], default: CancellationRejectedRequestedBy
    ) -> CancellationRejectedRequestedBy: ...

class OrderCancelled(Event):
    type: Literal["OrderCancelled"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["order_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["email"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["reason"]) -> str: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class OrderCompleted(Event):
    type: Literal["OrderCompleted"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["order_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["email"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["tracking_number"]) -> str: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]
