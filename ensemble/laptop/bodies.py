"""The body of a request, read as JSON once, though several look at it: its shape, its caller's role, who answers it."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any


class Body(bytes):
    """A body that remembers its content. Whoever only looks at that changes nothing in it; one answers the request."""

    @cached_property
    def content(self) -> Any:
        """What it says. Raises ValueError when it is no JSON in UTF-8."""
        return json.loads(self.decode() or "{}")


def content_of(body: bytes) -> Any:
    """Return what a body says as JSON; an empty one an object without members. Raises ValueError when it is none."""
    return body.content if isinstance(body, Body) else json.loads(body.decode() or "{}")
