"""Who may ask the console's server: the browser of the person who has the printed address, and no page of anybody else.

A page of another origin can send requests here, and a name that leads here and is not ours reaches it by DNS rebinding:
so the host's name, the token, and what a browser says of a request's origin are looked at (Fetch Metadata Request
Headers; OWASP Cheat Sheet "Cross-Site Request Forgery Prevention").
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
TOKEN = "token"
TOKEN_VARIABLE, SOCKET_VARIABLE = "ENSEMBLE_CONSOLE_TOKEN", "ENSEMBLE_CONSOLE_SOCKET"
"""The environment variables by which a process that starts the console gives it a token, as arguments are seen by
everybody, and the number of a socket that listens already."""

JSON = "application/json"


class Door:
    """Lets nobody to the application who does not have the token."""

    def __init__(self, app: ASGIApp, token: str, policy: str) -> None:
        """`policy`: the Content-Security-Policy of every answer."""
        self._app, self._token, self._policy = app, token, policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it with the reason."""
        if scope["type"] != "http":
            return
        request = Request(scope)
        refusal = self._refusal(request)
        if refusal is not None:
            await refusal(scope, receive, send)
            return

        async def send_with_headers(message: object) -> None:
            if isinstance(message, dict) and message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers()]
            await send(message)  # type: ignore[arg-type]

        await self._app(scope, receive, send_with_headers)

    def _headers(self) -> list[tuple[bytes, bytes]]:
        headers = {
            "content-security-policy": self._policy,
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
        }
        return [(name.encode(), value.encode()) for name, value in headers.items()]

    def _is_token(self, given: str) -> bool:
        """Whether it is the token: in a time that says nothing, whatever characters it has."""
        return hmac.compare_digest(given.encode("utf-8", "backslashreplace"), self._token.encode())

    def _refusal(self, request: Request) -> Response | None:
        if urlsplit(f"//{request.headers.get('host', '')}").hostname not in LOOPBACK:
            return PlainTextResponse("the console answers at 127.0.0.1 and localhost only", 403)
        given = request.query_params.get(TOKEN)
        cookie = _cookie_of(request.headers)
        if given is not None and request.method == "GET" and self._is_token(given):
            entered = RedirectResponse(request.url.path, 303)
            entered.set_cookie(cookie, self._token, httponly=True, samesite="strict")
            return entered
        if not self._is_token(request.cookies.get(cookie, "")):
            return PlainTextResponse("open the address that was printed in the terminal: it has a token", 401)
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return PlainTextResponse("only the console's own page may ask", 403)
        return None if request.method in ("GET", "HEAD") else _refused_change(request.headers)


def _refused_change(headers: Mapping[str, str]) -> Response | None:
    if headers.get("content-type", "").partition(";")[0] != JSON:
        return PlainTextResponse(f"a change is asked for by {JSON}", 415)
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != headers.get("host"):
        return PlainTextResponse("only the console's own page may ask", 403)
    return None


def _cookie_of(headers: Mapping[str, str]) -> str:
    """Return the cookie's name: cookies are shared by all ports of a host (RFC 6265, 8.5), and so by two consoles."""
    return f"ensemble-console-{urlsplit('//' + headers.get('host', '')).port or 80}"


def policy(inline: str) -> str:
    """Return the Content-Security-Policy of a page with one script in its text, the import map."""
    digest = base64.b64encode(sha256(inline.encode()).digest()).decode()
    return (
        "default-src 'none'; connect-src 'self'; img-src 'self' data:; style-src 'self'; font-src 'self'; "
        f"script-src 'self' 'wasm-unsafe-eval' 'sha256-{digest}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
