"""Pages of a list: the token of the next page is where it starts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from ensemble.aws.errors import AwsError

One = TypeVar("One")


def page(found: Sequence[One], token: str | None, size: int, wrong_token: str) -> tuple[Sequence[One], str | None]:
    """Return a page of what was found, and the token of the next page if there is one.

    Raises AwsError with the code `wrong_token` for a token that was never given.
    """
    if not (token or "0").isdecimal():
        raise AwsError(wrong_token, f"{token!r} is no token of the laptop AWS")
    start = int(token or "0")
    return found[start : start + size], str(start + size) if start + size < len(found) else None


def next_token(name: str, token: str | None) -> dict[str, str]:
    """Return the member of an answer that has the next page's token; nothing on the last page."""
    return {} if token is None else {name: token}
