"""What goes on in the child process once the handler is imported: AWS is answered in process, CPU is counted."""

from __future__ import annotations

import gc
import io
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.client import BaseClient

HEADERS = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-RequestId": "1"}


class Context:
    """What the handlers use of a Lambda context."""

    function_name = "bench"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:bench"
    aws_request_id = "52fdfc07-2182-454f-963f-5f0f9a621d72"

    def get_remaining_time_in_millis(self) -> int:
        return 30_000


class Body(io.BytesIO):
    def stream(self) -> Iterator[bytes]:
        yield self.getvalue()


class Sandbox:
    """Invokes a handler whose clients are answered before the network: they serialize, sign and parse as ever."""

    def __init__(self, handler: Callable[[Any, Any], Any]) -> None:
        self._handler = handler
        self._calls: Counter[str] = Counter()
        theirs = [client for client in gc.get_objects() if isinstance(client, BaseClient)]
        for client in theirs:
            client.meta.events.register_first("before-send.*.*", self._answer)  # type: ignore[arg-type]
        names = [client.meta.service_model.service_name for client in theirs]
        if "functions.kit.aws.client" in sys.modules:
            from functions.kit.aws import client as kits_own  # the bundle's
            from functions.kit.aws import sending

            sending.send = self._respond
            ours = [client for client in gc.get_objects() if isinstance(client, kits_own.Client)]
            names += [client.meta.service_name for client in ours]
        self._clients = sorted(names)

    def serve(self, imported: dict[str, Any]) -> None:
        """Report on stdout what the import cost, and then what each line on stdin costs.

        What the handler prints goes nowhere, but it is paid for.
        """
        reports = os.fdopen(os.dup(1), "w")
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        print(json.dumps(imported | {"clients": self._clients}), file=reports, flush=True)
        for line in sys.stdin:
            print(json.dumps(self._invoke(json.loads(line))), file=reports, flush=True)

    def _invoke(self, invocations: list[dict[str, Any]]) -> dict[str, Any]:
        self._calls.clear()
        started = time.process_time()
        answers = [self._handler(invocation, Context()) for invocation in invocations]
        seconds = time.process_time() - started
        if any(answer["batchItemFailures"] for answer in answers):
            raise RuntimeError(f"the handler failed some of its records: {answers}")
        return {"seconds": seconds, "calls": dict(self._calls)}

    def _answer(self, request: Any, **_: Any) -> AWSResponse:
        """Answer a prepared request of botocore's, which sends none that is answered here."""
        headers: Any = HEADERS
        body = self._body(request.headers["X-Amz-Target"].decode(), request.body)
        return AWSResponse(request.url, 200, headers, Body(body))

    def _respond(self, request: Any) -> Any:
        """Answer a request of the kit's own client."""
        from functions.kit.aws.sending import Response

        headers = {name.lower(): value for name, value in HEADERS.items()}
        return Response(200, headers, self._body(request.headers["X-Amz-Target"], request.body))

    def _body(self, target: str, sent: bytes) -> bytes:
        """Return the answer to a request of either JSON protocol."""
        operation = target.rpartition(".")[2]
        self._calls[operation] += 1
        request, answer = json.loads(sent), {}
        if operation == "PutEvents":
            answer = {"FailedEntryCount": 0, "Entries": [{"EventId": "1"} for _ in request["Entries"]]}
        return json.dumps(answer).encode()
