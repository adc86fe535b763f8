"""Serves the stages of REST APIs over HTTP, at `/_aws/execute-api/<API>/<stage>/...`."""

from __future__ import annotations

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ensemble.laptop.answers import Answer
from ensemble.laptop.gateway.calls import Call

ADDRESS = "/_aws/execute-api"
METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")


def api_route(answer: Callable[[Call], Answer]) -> Route:
    """Return the route of all stages of all APIs."""

    async def handle(request: Request) -> Response:
        parts = request.path_params
        call = Call(
            api=parts["api"],
            stage=parts["stage"],
            verb=request.method,
            path=f"/{parts['path']}",
            query=dict(request.query_params),
            headers=request.headers,
            body=await request.body(),
        )
        status, headers, content = await run_in_threadpool(answer, call)
        return Response(content, status, headers)

    return Route(ADDRESS + "/{api}/{stage}/{path:path}", handle, methods=METHODS)
