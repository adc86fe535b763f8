"""A client of one service: the operations that the kit knows, each by botocore's name and with botocore's answer."""

from __future__ import annotations

import os
import random
import sys
import uuid
from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache, partial
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlsplit
from zlib import crc32

from botocore.exceptions import ClientError, ResponseStreamingError

from functions.kit import clock
from functions.kit.aws import json_protocol, query_protocol, retries, sending
from functions.kit.aws.errors import Exceptions
from functions.kit.aws.operations import TOKENS, Service, operation_of
from functions.kit.aws.places import Place
from functions.kit.aws.sending import Request, Response
from functions.kit.aws.signing import signed
from functions.kit.aws.skew import skew_of

USER_AGENT = "ensemble-kit lang/python#{}.{}.{}".format(*sys.version_info)

IN_TRACE_HEADERS = "-=;:+&[]{}\"',"
"""What is not escaped in the header of a trace (botocore, `add_recursion_detection_header`)."""


class Client:
    """Asks a service. `by_botocore` makes botocore's client, for what this one does not know."""

    def __init__(self, service: Service, place: Place, by_botocore: Callable[[], Any]) -> None:
        self._service = service
        self._place = place
        self._by_botocore = by_botocore
        self._protocol = json_protocol if service.target else query_protocol
        parts = urlsplit(place.endpoint)
        self._host, self._path = parts.netloc, parts.path or "/"
        self._url = f"{parts.scheme}://{parts.netloc}{self._path}"
        self._quota = retries.Quota()
        self._skew = 0.0
        self.meta = SimpleNamespace(endpoint_url=place.endpoint, region_name=place.region, service_name=service.name)
        self.exceptions = Exceptions(service.error_ending)

    def __getattr__(self, name: str) -> Any:
        """Return a method; botocore's where this client knows none of this name."""
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._service.operations:
            return getattr(self._botocore, name)
        method = partial(self._call, name)
        setattr(self, name, method)
        return method

    def get_paginator(self, method: str) -> Any:
        """Return what `paginate` gives an operation's pages by."""
        if method not in self._service.pages:
            return self._botocore.get_paginator(method)
        return SimpleNamespace(paginate=partial(self._pages, method))

    def _pages(self, method: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        after, before = self._service.pages[method]
        page = self._call(method, **parameters)
        yield page
        while after in page:
            page = self._call(method, **{**parameters, before: page[after]})
            yield page

    @cached_property
    def _botocore(self) -> Any:
        return self._by_botocore()

    def _call(self, method: str, **parameters: Any) -> Any:
        """Ask for an operation. Raises ClientError for an error of AWS, and what `sending.send` raises."""
        if not self._service.operations[method].issuperset(parameters):
            return getattr(self._botocore, method)(**parameters)
        if method in TOKENS:
            parameters = {TOKENS[method]: str(uuid.uuid4()), **parameters}
        operation = operation_of(method)
        return self._ask(operation, self._protocol.written(operation, parameters))

    def _ask(self, operation: str, body: bytes) -> dict[str, Any]:
        """Return the answer of the first attempt that has one. Raises the fault of the last."""
        attempt, spent = 1, 0
        while True:
            try:
                answer = self._attempt(operation, body)
            except Exception as fault:
                if attempt == retries.ATTEMPTS or not self._is_worth_another(fault):
                    raise
                if not (spent := self._quota.acquire(fault)):
                    raise
                pause = retries.pause_seconds(fault, attempt, self._service.longest_pause, random.random())
                attempt += 1
            else:
                self._quota.release(spent)
                answer["ResponseMetadata"]["RetryAttempts"] = attempt - 1
                return answer
            retries.pause(pause)

    def _is_worth_another(self, fault: Exception) -> bool:
        """Whether another attempt may do better: also when it is signed at the time that AWS has."""
        if isinstance(fault, ClientError) and (skew := skew_of(fault, clock.now() + self._skew)):
            self._skew += skew
            return True
        return retries.is_throttled(fault) or retries.is_transient(fault)

    def _attempt(self, operation: str, body: bytes) -> dict[str, Any]:
        response = sending.send(Request(self._url, self._headers(operation, body), body))
        metadata = {
            "RequestId": response.headers.get("x-amzn-requestid", ""),
            "HTTPStatusCode": response.status,
            "HTTPHeaders": response.headers,
        }
        if response.status >= 300:
            raise self.exceptions.of(self._protocol.error(response) | {"ResponseMetadata": metadata}, operation)
        return self._read(response) | {"ResponseMetadata": metadata}

    def _headers(self, operation: str, body: bytes) -> dict[str, str]:
        """Return a request's headers, of which those are signed that no proxy on the way changes."""
        service, place = self._service, self._place
        headers = {"Host": self._host, "Content-Type": service.content_type}
        if service.target:
            headers["X-Amz-Target"] = f"{service.target}.{operation}"
        if service.is_former_query:
            headers["x-amzn-query-mode"] = "true"
        now = clock.now() + self._skew
        headers = signed(headers, body, self._path, place.credentials, place.region, service.name, now)
        headers["User-Agent"] = USER_AGENT
        trace = os.environ.get("_X_AMZN_TRACE_ID")
        if trace and "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
            headers["X-Amzn-Trace-Id"] = _escaped(trace)
        return headers

    def _read(self, response: Response) -> dict[str, Any]:
        """Return an answer's members. Raises ResponseStreamingError when it is not whole: then it is asked for again
        (Amazon DynamoDB Developer Guide, "DynamoDB low-level API", on X-Amz-Crc32)."""
        checksum = response.headers.get("x-amz-crc32", "")
        if checksum.isdecimal() and int(checksum) != crc32(response.body):
            raise ResponseStreamingError(error="the answer is not the one of its checksum")
        try:
            members: dict[str, Any] = self._protocol.read(response.body)
        except ValueError as fault:
            raise ResponseStreamingError(error=fault) from fault
        return members


@lru_cache(maxsize=1)  # an invocation has one
def _escaped(trace: str) -> str:
    return quote(trace, safe=IN_TRACE_HEADERS)
