"""Text that people wrote, on its way to people."""

from __future__ import annotations

import re

_CONTROL = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff]+")
"""What is no letter but an order: to end a line (C0, DEL, C1, U+2028, U+2029), or to write in another direction than
the letters (Unicode Standard Annex 9, "Directional Formatting Characters"). And halves of surrogate pairs."""


def cleaned(text: str) -> str:
    """Return a text in one line, with a space for each run of what controls how it is shown.

    Use it for every text of an event that goes into a mail, a document or a page: a sender could otherwise add lines,
    headers, or a link that reads as another one. What a text says it does not judge.
    """
    return _CONTROL.sub(" ", text).strip()
