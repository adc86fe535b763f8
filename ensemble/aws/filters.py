"""The filters of an event source mapping: which records reach the function."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ensemble.aws.patterns import Pattern, compile_pattern


class RecordFilters:
    """A mapping's FilterCriteria: a record passes when one of the patterns matches it, or when there are none.

    A pattern may look into a message's body as JSON, if the body is JSON (Lambda Developer Guide, "Control
    which events Lambda sends to your function", "Properly filtering Amazon SQS messages").
    """

    def __init__(self, criteria: Mapping[str, Any] | None) -> None:
        self._patterns: list[tuple[Pattern, bool]] = []
        for one in (criteria or {}).get("Filters", []):
            pattern = json.loads(one["Pattern"])
            self._patterns.append((compile_pattern(pattern), isinstance(pattern.get("body"), dict)))

    def let_pass(self, record: Mapping[str, Any]) -> bool:
        """Return whether the function gets the record."""
        if not self._patterns:
            return True
        return any(pattern.matches(_opened(record) if opens else record) for pattern, opens in self._patterns)


def _opened(record: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        return {**record, "body": json.loads(record["body"])}
    except ValueError:
        return record
