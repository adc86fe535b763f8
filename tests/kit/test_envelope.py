"""What an event, or a state, is as JSON."""

from __future__ import annotations

from typing import Any

import pytest

from functions.kit.envelope import encoded


def test_what_holds_itself_is_no_json() -> None:
    endless: list[Any] = []
    endless.append(endless)

    with pytest.raises(ValueError, match="holds itself"):
        encoded({"state": endless})
