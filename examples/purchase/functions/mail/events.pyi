# Made by `make types` from the schemas and from what the service declares: do not edit.
# ruff: noqa: N802

from typing import Literal, Never, overload

from functions.kit.model import Event, Publication

class AskManager(Event):
    type: Literal["AskManager"]
    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["purchase_id"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["department"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["item"]) -> str: ...
    @overload
    def __getitem__(self, name: Literal["cents"]) -> int: ...
    def get(self, name: Never, default: object = None) -> object: ...  # type: ignore[override]

class Publish:
    def ManagerAsked(self, *, purchase_id: str) -> Publication: ...

publish: Publish
