"""What plays X-Ray's daemon in a test: it takes documents by UDP and checks their form."""

from __future__ import annotations

import json
import re
import socket
from typing import Any

LINE = b'{"format":"json","version":1}\n'
ROOT = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")
ID = re.compile("[0-9a-f]{16}")
NAME = re.compile(r"[\w\s.:/%&#=+\-@]{1,200}")
KEY = re.compile("[A-Za-z0-9_]{1,500}")


class Daemon:
    """Listens on a port of loopback."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.2)
        self.address: tuple[str, int] = self._socket.getsockname()

    def documents(self) -> list[dict[str, Any]]:
        """Return the documents that came since, each of the form that X-Ray takes."""
        found = []
        while (packet := self._packet()) is not None:
            line, _, text = packet.partition(b"\n")
            assert line + b"\n" == LINE
            document = json.loads(text)
            assert_is_of_the_form(document)
            found.append(document)
        return found

    def _packet(self) -> bytes | None:
        try:
            return self._socket.recv(1 << 16)
        except (TimeoutError, BlockingIOError):
            return None
        finally:
            self._socket.setblocking(False)

    def close(self) -> None:
        self._socket.close()


def assert_is_of_the_form(document: dict[str, Any], *, is_inside: bool = False) -> None:
    """A segment's fields as X-Ray documents them (AWS X-Ray Developer Guide, "AWS X-Ray segment documents")."""
    assert document.keys() <= {
        *("name", "id", "start_time", "end_time", "trace_id", "parent_id", "type", "fault", "cause", "annotations"),
        "subsegments",
    }
    assert len(json.dumps(document).encode()) <= 64_000
    assert NAME.fullmatch(document["name"])
    assert ID.fullmatch(document["id"])
    assert 0 <= document["start_time"] <= document["end_time"] < 1e11
    assert is_inside or ROOT.fullmatch(document["trace_id"])
    assert "parent_id" not in document or ID.fullmatch(document["parent_id"])
    assert document.get("type", "subsegment") == "subsegment"
    for key, value in document.get("annotations", {}).items():
        assert KEY.fullmatch(key)
        assert isinstance(value, int | float | bool) or (isinstance(value, str) and len(value) <= 1_000)
    for exception in document.get("cause", {"exceptions": []})["exceptions"]:
        assert ID.fullmatch(exception["id"])
    for step in document.get("subsegments", []):
        assert_is_of_the_form(step, is_inside=True)
