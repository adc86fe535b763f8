"""What a function's answer says of a batch: which of its records failed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any


def failed_ids(result: Any, ids: Collection[str]) -> set[str]:
    """Return the ids of the records that failed; all of them when the answer is not a valid partial batch response.

    Source: Lambda Developer Guide, "Implementing partial batch responses", "Success and failure conditions".
    """
    if result is None or result == {}:
        return set()
    if not isinstance(result, dict):
        return set(ids)
    failures = result.get("batchItemFailures")
    if failures is None or failures == []:
        return set()
    try:
        failed = {failure["itemIdentifier"] for failure in failures}
    except (TypeError, KeyError):
        return set(ids)
    return failed if failed <= set(ids) else set(ids)
