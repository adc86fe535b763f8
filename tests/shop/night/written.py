"""The page that a night's log is written on."""

from __future__ import annotations

from tests.conftest import ROOT

PAGE = ROOT / "docs" / "night.md"

HEAD = """# A bad night

What goes wrong in one night of the shop on the laptop AWS, and what is typed against it. `make night` plays it and
writes this page; a test holds it to what the commands print. On a deployed stage the same commands take
`--stage STAGE`. What each alarm means: [the runbook](runbook.md).

```text
"""


def page(log: str) -> str:
    """Return the page with this log."""
    return f"{HEAD}{log}\n```\n"
