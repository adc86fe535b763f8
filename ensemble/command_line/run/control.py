"""What the laptop AWS answers beside AWS's own requests: `ensemble` in another terminal asks it, and no browser can."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from ensemble.command_line.errors import CommandFailed
from ensemble.laptop.programs import is_of_a_program

PREFIX = "/_ensemble/"
"""Where these are asked: no request of AWS has such a path."""

JSON = "application/json"

Question = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Answers what was asked with these arguments. Raises CommandFailed."""


def routes(questions: Mapping[str, Question]) -> tuple[BaseRoute, ...]:
    """Return the routes that answer these questions, by name."""
    return tuple(Route(PREFIX + name, _answering(question), methods=["POST"]) for name, question in questions.items())


def _answering(question: Question) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        is_json = request.headers.get("content-type", "").partition(";")[0] == JSON
        if not (is_json and is_of_a_program(request.headers)):
            return JSONResponse({"error": "only programs on this machine may ask this"}, 403)
        try:
            asked = json.loads(await request.body())
            return JSONResponse(await run_in_threadpool(question, asked))
        except CommandFailed as failure:
            return JSONResponse({"error": str(failure)}, 400)

    return answer
