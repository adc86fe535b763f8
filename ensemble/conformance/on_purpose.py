"""Where the laptop AWS answers otherwise than AWS, and why: nothing else may."""

from __future__ import annotations

from collections.abc import Mapping

ON_PURPOSE: Mapping[str, str] = {
    "an event for a bus that does not exist succeeds and is gone": "a misspelt bus is told at once (decision 0012)",
}
"""Why, by the sentence of a question. A test holds that all of these are different, and nothing else is."""
