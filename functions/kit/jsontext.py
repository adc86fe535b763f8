"""JSON as the kit writes it: compact, in Unicode, and never a number that JSON does not have."""

from __future__ import annotations

import dataclasses
import json
from typing import Any


def _plain(value: Any) -> dict[str, Any]:
    """Return a dataclass inside a state as a dictionary. Raises TypeError for anything else."""
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"a {type(value).__name__} cannot be stored")
    return dataclasses.asdict(value)


# Made once: `json.dumps` with any option makes an encoder at each call.
encoded = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain).encode
"""Return a value as JSON. Raises ValueError for an infinite number, TypeError for what JSON does not know."""
