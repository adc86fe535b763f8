"""What the guide to operations says of stored events is so."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from functions.kit.store import filed, items
from tests.conftest import ROOT


def written(value: Any) -> str:
    """Write bytes as DynamoDB's JSON has them."""
    return base64.b64encode(value).decode()


def test_the_lines_that_read_stored_events_print_each_as_the_bus_delivered_it(tmp_path: Path) -> None:
    head = '{"id":"bridge-1","detail-type":"Noted","source":"desk","time":"2026-01-01T12:00:00Z","detail":'
    events = [f'{head}{{"event_id":"{number}","text":"{"ä" * number}"}}}}' for number in (1, 2_000)]
    found = [item for event in events for item in items(filed(event, {}), "")]
    (tmp_path / "workflow.json").write_text(json.dumps({"Items": found}, default=written))
    (code,) = re.findall(
        r"^```python\n(.*?workflow\.json.*?)^```$", (ROOT / "docs/operate.md").read_text(), re.M | re.S
    )

    printed = subprocess.check_output([sys.executable, "-c", code], cwd=tmp_path, text=True)

    assert [next(iter(item["event"])) for item in found] == ["S", "B"]
    assert printed.splitlines() == events
