"""Asks a console's server as a browser does, or as somebody who should not."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ensemble.console.security import JSON

TOKEN = "the-token"


class Visitor:
    """Whoever asks the console at a URL; `cookie`: what the address with the token gave."""

    def __init__(self, url: str) -> None:
        self.host, self._port = urlsplit(url).netloc, urlsplit(url).port
        self.cookie = ""

    def enter(self, token: str = TOKEN) -> int:
        """Open the printed address; return the status."""
        status, headers, _ = self.ask("GET", f"/?token={token}")
        self.cookie = headers.get("set-cookie", "").partition(";")[0]
        return status

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, str], str]:
        """Send a request; return status, headers and text of the answer."""
        sent = {"Host": self.host} | ({"Cookie": self.cookie} if self.cookie else {}) | dict(headers or {})
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()
        finally:
            connection.close()

    def get(self, path: str) -> Any:
        """Return what the page is told at a path below /api/."""
        status, _, text = self.ask("GET", f"/api/{path}")
        assert status == 200, text
        return json.loads(text)

    def post(self, path: str, **asked: Any) -> tuple[int, Any]:
        """Do what a button does; return the status and what is told."""
        status, _, text = self.ask("POST", f"/api/{path}", json.dumps(asked).encode(), {"Content-Type": JSON})
        return status, json.loads(text)

    def done(self, path: str, **asked: Any) -> Any:
        """Do what a button does, and be told that it is done."""
        status, told = self.post(path, **asked)
        assert status == 200, told
        return told
