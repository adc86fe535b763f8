"""The console's server: its page, what the page asks, and the stream of what changes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from html import escape
from pathlib import Path
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from ensemble.console.packages import MODULES, PAGE
from ensemble.console.progress import Json
from ensemble.console.security import JSON, Door, policy

TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}

Question = Callable[[Mapping[str, str]], Any]
"""Answers what a page asks, given the path's parts and the query. Raises Refused."""

Change = Callable[[Mapping[str, Any]], Any]
"""Does what a page asks for, given its JSON object. Raises Refused."""


READ_ONLY = "this console only looks: whoever started it did so without --operate"


class Told(Protocol):
    """What pages are told: of a stage that is watched, or of a recording."""

    def snapshot(self) -> Json:
        """Return what a page shows at first."""

    def batches(self, after: int) -> AsyncIterator[Json]:
        """Yield what changes after a sequence."""


class Refused(Exception):
    """Raised when a page is not answered, with the reason for the person."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status


def console_app(
    told: Told,
    fixed: Json,
    questions: Mapping[str, Question],
    changes: Mapping[str, Change],
    packages: Path,
    token: str,
) -> Starlette:
    """Return the application.

    `fixed`: what of a snapshot never changes. `questions`: by path below /api/, such as "workflow/{asked:path}".
    `changes`: what a POST does, by path; each is refused where the stage is only looked at. `packages`: the folder of
    the page's packages.
    """
    imports = json.dumps({"imports": {name: f"/modules/{path}" for name, path in MODULES.items()}})
    index = (PAGE / "index.html").read_text(encoding="utf-8").replace("IMPORTS", imports)
    index = index.replace("STAGE", escape(str(fixed["stage"])))

    async def page(_: Request) -> Response:
        return HTMLResponse(index, headers={"cache-control": "no-store"})

    async def snapshot(_: Request) -> Response:
        return _json(fixed | await run_in_threadpool(told.snapshot))

    async def stream(request: Request) -> Response:
        after = request.headers.get("last-event-id") or request.query_params.get("after", "0")
        batches = told.batches(int(after) if after.isdecimal() else 0)
        return StreamingResponse(
            _as_events(batches), media_type="text/event-stream", headers={"cache-control": "no-store"}
        )

    routes: list[BaseRoute] = [Route("/api/snapshot", snapshot), Route("/api/stream", stream)]
    routes += [Route(f"/api/{path}", _asking(question)) for path, question in questions.items()]
    allowed = bool(fixed["can"]["operate"])
    routes += [
        Route(f"/api/{path}", _changing(change if allowed else _refuse), methods=["POST"])
        for path, change in changes.items()
    ]
    routes += [Route("/page/{file:path}", _files(PAGE)), Route("/modules/{file:path}", _files(packages))]
    door = Middleware(Door, token=token, policy=policy(imports))
    return Starlette(routes=[*routes, Route("/{path:path}", page)], middleware=[door])


async def _as_events(batches: AsyncIterator[Json]) -> AsyncIterator[str]:
    """Write batches as server-sent events, whose id is the sequence: a browser that lost the connection says it."""
    async for batch in batches:
        id = f"id: {batch['sequence']}\n" if "sequence" in batch else ""
        yield f"{id}data: {_text(batch)}\n\n"


def _json(content: Any, status: int = 200) -> Response:
    return Response(_text(content), status, media_type=JSON)


def _text(content: Any) -> str:
    """Return JSON that can be sent and that a page can make addresses of: half a surrogate pair, which is no character,
    is a question mark."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode()


def _asking(question: Question) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        return await _answered(lambda: question({**request.path_params, **request.query_params}))

    return answer


def _refuse(_: Mapping[str, Any]) -> Any:
    raise Refused(READ_ONLY, 403)


def _changing(change: Change) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        try:
            asked = await request.json()
        except ValueError:
            asked = None
        if not isinstance(asked, dict):
            return _json({"error": "a JSON object is needed"}, 400)
        return await _answered(lambda: change(asked))

    return answer


async def _answered(ask: Callable[[], Any]) -> Response:
    try:
        return _json(await run_in_threadpool(ask))
    except Refused as refusal:
        return _json({"error": str(refusal)}, refusal.status)


def _files(folder: Path) -> Callable[[Request], Any]:
    root = folder.resolve()

    async def answer(request: Request) -> Response:
        file = (root / request.path_params["file"]).resolve()
        if not (file.is_relative_to(root) and file.is_file() and file.suffix in TYPES):
            return Response(status_code=404)
        return FileResponse(file, media_type=TYPES[file.suffix], headers={"cache-control": "no-cache"})

    return answer
