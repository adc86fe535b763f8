"""When a purchase needs somebody who decides, and how long each answer may take."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

LIMIT = 50_000
"""Up to so many euro cents nobody needs to decide."""

SOON = timedelta(minutes=5)
"""How long the budget may take to answer."""

HALF_A_DAY = timedelta(hours=4)
"""How long a manager has to decide."""


def needs_a_manager(known: Mapping[str, Any]) -> bool:
    return bool(known["cents"] > LIMIT)
