"""Keeps Powertools' idempotency from importing boto3, which its own DynamoDB layer needs and this kit does not.

boto3 and its resources cost about 45 ms of CPU at each cold start (`make bench` measures it).
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

DYNAMODB_LAYER = "aws_lambda_powertools.utilities.idempotency.persistence.dynamodb"


@contextmanager
def without_dynamodb_layer() -> Iterator[None]:
    """Let a placeholder stand for Powertools' DynamoDB layer while its package is imported, and no longer."""
    if DYNAMODB_LAYER in sys.modules:
        yield
        return
    placeholder = ModuleType(DYNAMODB_LAYER)
    placeholder.DynamoDBPersistenceLayer = None  # type: ignore[attr-defined]
    sys.modules[DYNAMODB_LAYER] = placeholder
    try:
        yield
    finally:
        del sys.modules[DYNAMODB_LAYER]
