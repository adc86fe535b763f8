"""Event source mappings: how a function reads a queue or a stream, as the properties of one say, and AWS's defaults.

Source: AWS Lambda API Reference, CreateEventSourceMapping.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

REPORTS_FAILURES = "ReportBatchItemFailures"


@dataclass(frozen=True, slots=True)
class Reading:
    """How one mapping reads. Ages and windows are in seconds.

    `maximum_concurrency`: how many invocations a queue's may have under way, `inf`: as many as Lambda lets it.
    `maximum_retries`, `maximum_age`: of a stream's records, None where AWS says -1, for ever.
    """

    is_enabled: bool
    batch_size: int
    window: float
    reports_failures: bool
    maximum_concurrency: float
    bisects: bool
    maximum_retries: int | None
    maximum_age: int | None


def reading(properties: Mapping[str, Any]) -> Reading:
    """Return how a mapping with these properties reads."""
    is_stream = ":dynamodb:" in str(properties.get("EventSourceArn"))
    return Reading(
        is_enabled=is_enabled_by(properties),
        batch_size=int(properties.get("BatchSize", 100 if is_stream else 10)),
        window=float(properties.get("MaximumBatchingWindowInSeconds", 0)),
        reports_failures=REPORTS_FAILURES in properties.get("FunctionResponseTypes", []),
        maximum_concurrency=float(properties.get("ScalingConfig", {}).get("MaximumConcurrency", inf)),
        bisects=bool(properties.get("BisectBatchOnFunctionError", False)),
        maximum_retries=_limit(properties.get("MaximumRetryAttempts", -1)),
        maximum_age=_limit(properties.get("MaximumRecordAgeInSeconds", -1)),
    )


def is_enabled_by(properties: Mapping[str, Any]) -> bool:
    """Whether the template of a mapping enables it."""
    return properties.get("Enabled") is not False


def _limit(value: Any) -> int | None:
    return None if int(value) == -1 else int(value)


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
