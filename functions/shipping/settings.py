"""What the shipping service has to know of the carrier."""

from __future__ import annotations

from dataclasses import dataclass

from functions.kit.needs import Secret


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the carrier's interface is, the key that it knows us by, and how long to wait for its answer."""

    carrier_url: str
    carrier_key: Secret
    carrier_timeout_seconds: float = 5.0
