"""The formats that a proof knows, each by its pattern: those of schemas, and those in which a state is stored."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ensemble.contracts.profile import FORMS

_TIME = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?"
_OFFSET = r"(?:[+-][0-9]{2}:[0-9]{2}(?::[0-9]{2})?|Z)?"

PATTERNS: Mapping[str, str] = {
    **FORMS,
    "datetime": rf"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{_TIME}{_OFFSET}$",
    "decimal": r"^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$",
}

MATCHERS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(f"{text.removesuffix('$')}\\Z") for name, text in PATTERNS.items()
}
"""The same as Python's `re` has them, in which `$` would let a line end pass."""
