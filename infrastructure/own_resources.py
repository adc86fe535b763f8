"""A service's own CDK resources: what `functions/<service>/resources.py` adds to its stack, if there is such a file."""

from __future__ import annotations

import importlib
import importlib.util

import aws_cdk as cdk

from infrastructure.errors import ResourcesMisdeclared


def add_own_resources(stack: cdk.Stack, service: str) -> None:
    """Let the service add its resources. Raises ResourcesMisdeclared when its file has no function `add`."""
    name = f"functions.{service}.resources"
    if importlib.util.find_spec(name) is None:
        return
    add = getattr(importlib.import_module(name), "add", None)
    if not callable(add):
        raise ResourcesMisdeclared(
            f"functions/{service}/resources.py has no function `add`. Fix: def add(stack: ServiceStack) -> None"
        )
    add(stack)
