# Made by `make types` from the schemas and from what the service declares: do not edit.
# ruff: noqa: N802

from typing import Literal, Never, overload

from functions.kit.model import Event, Publication

class GrantBudget(Event):
    type: Literal["GrantBudget"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["grant_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["department"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["cents"]) -> int: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class ReleaseBudget(Event):
    type: Literal["ReleaseBudget"]
    def __getitem__(self, name: Literal["purchase_id"]) -> str: ...  # type: ignore[override]
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class ReserveBudget(Event):
    type: Literal["ReserveBudget"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["purchase_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["department"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["cents"]) -> int: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class Publish:
    def BudgetGranted(self, *, grant_id: str, department: str, cents: int) -> Publication: ...
    def BudgetRefused(self, *, purchase_id: str, reason: str) -> Publication: ...
    def BudgetReleased(self, *, purchase_id: str) -> Publication: ...
    def BudgetReserved(self, *, purchase_id: str) -> Publication: ...
    def GrantRefused(self, *, grant_id: str, command_id: str | None = None, reason: str) -> Publication: ...

publish: Publish
