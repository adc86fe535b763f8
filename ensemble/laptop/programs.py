"""Whether a request is a program's of this machine, and no page's that somebody has open in a browser."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlsplit

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

OF_A_BROWSER = ("origin", "sec-fetch-site")
"""What browsers write into the requests of pages, and no page can leave out (Fetch Standard, "Origin" header; Fetch
Metadata Request Headers)."""


def is_of_a_program(headers: Mapping[str, str]) -> bool:
    """Whether a request, by its headers in small letters, can be no page's.

    A page of anybody's can send a form to a port of this machine without asking. And a name that leads here and is not
    ours is DNS rebinding: the page then is of our origin, as its browser sees it.
    """
    return _is_loopback(headers.get("host", "")) and not any(name in headers for name in OF_A_BROWSER)


@lru_cache
def _is_loopback(host: str) -> bool:
    try:
        return urlsplit(f"//{host}").hostname in LOOPBACK
    except ValueError:
        return False
