"""What a bundle knows of the schemas: the validators that were compiled for its service at build."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from functions.shared.errors import ContractViolation, PublicationRefused, SchemaViolation

Validator = Callable[[dict[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Contracts:
    """Validators of the events a service hears, by (type, version), and of those it publishes, by type.

    `sources`: who publishes an event that the service hears. `writers` hold the version that is published.
    """

    sources: Mapping[str, str]
    readers: Mapping[tuple[str, str], Validator]
    writers: Mapping[str, tuple[str, Validator]]

    @classmethod
    def of_bundle(cls) -> Contracts:
        """Load `functions/contracts.py`, which exists only in a built bundle."""
        module = importlib.import_module("functions.contracts")
        return cls(module.SOURCES, module.READERS, module.WRITERS)

    def newest_version(self, type: str) -> str:
        """Return the newest version of an event the service hears; "1.0" when it has no schema."""
        versions = [version for known, version in self.readers if known == type]
        return max(versions, key=_numbers, default="1.0")

    def check_received(self, source: str, detail: Mapping[str, Any]) -> None:
        """Raise ContractViolation unless a known version of the event's schema accepts it, from its publisher."""
        type, version = str(detail["type"]), str(detail["version"])
        if self.sources.get(type) != source:
            raise ContractViolation(f"{type} is not an event that {source} may publish")
        validator = self.readers.get((type, version))
        if validator is None:
            raise ContractViolation(f"{type} has no version {version}")
        try:
            validator(dict(detail))
        except SchemaViolation as violation:
            raise ContractViolation(f"{type} {version}: {violation}") from None

    def version_to_publish(self, type: str) -> str:
        """Return the version that the service publishes the event in."""
        return self.writers[type][0]

    def check_published(self, detail: dict[str, Any]) -> None:
        """Raise PublicationRefused unless the event satisfies its own schema, closed to undeclared fields."""
        try:
            self.writers[detail["type"]][1](detail)
        except SchemaViolation as violation:
            raise PublicationRefused(f"{detail['type']}: {violation}") from None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
