"""A service's own CDK resources: what `functions/<service>/resources.py` adds to its stack, if there is such a file."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable

import aws_cdk as cdk

from infrastructure.errors import ResourcesMisdeclared


def own_resources(service: str) -> Callable[[cdk.Stack], object] | None:
    """Return what adds the service's resources to its stack; None where it has none of its own.

    Raises ResourcesMisdeclared when its file has no function `add`.
    """
    name = f"functions.{service}.resources"
    if importlib.util.find_spec(name) is None:
        return None
    add: object = getattr(importlib.import_module(name), "add", None)
    if not callable(add):
        raise ResourcesMisdeclared(
            f"functions/{service}/resources.py has no function `add`. Fix: def add(stack: ServiceStack) -> None"
        )
    return add
