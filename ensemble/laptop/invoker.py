"""Invokes functions, and keeps what failed."""

from __future__ import annotations

import json
import os
import traceback
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from ensemble.aws.entries import rfc3339
from ensemble.aws.errors import Killed, TimedOut
from ensemble.laptop.clock import Clock
from ensemble.laptop.cloudwatch.measuring import Measuring
from ensemble.laptop.debugged import HandlerTime
from ensemble.laptop.functions import TRACE_VARIABLE, Function, LambdaContext
from ensemble.laptop.identifiers import Identifiers
from ensemble.laptop.logs.groups import STREAM
from ensemble.laptop.sandbox import Bundle, Sandbox

MAXIMUM_FAILURES = 1_000

Hook = Callable[[str, dict[str, Any]], None]


class HandlerFailed(Exception):
    """An invocation failed; the cause is what the handler raised."""


class Throttled(HandlerFailed):
    """A function was not invoked, since so many of it run as may: nothing is wrong with it."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed invocation: which function, when (RFC 3339), on which event, and what it raised, also in words."""

    function: str
    request_id: str
    time: str
    event: Any
    error: BaseException
    description: str
    traceback: str


class Invoker:
    """Invokes functions. `before` and `after` are called around the handler with the function's name and event."""

    def __init__(
        self, sandbox: Sandbox, clock: Clock, identifiers: Identifiers, clock_module: str, measuring: Measuring
    ) -> None:
        self._sandbox = sandbox
        self._measuring = measuring
        self._clock = clock
        self._identifiers = identifiers
        self._clock_module = clock_module
        self.before: list[Hook] = []
        self.after: list[Hook] = []
        self.failures: deque[Failure] = deque(maxlen=MAXIMUM_FAILURES)
        self.settled: Callable[[], None] = lambda: None
        self.handled: Callable[[Function, Any], None] = lambda _function, _event: None
        self.world_of: Callable[[Bundle], AbstractContextManager[None]] = lambda _: nullcontext()
        """What an invocation runs in; see `ensemble/laptop/waiting.py`."""

    def invoke(self, function: Function, event: Any, trace_header: str | None = None) -> Any:
        """Invoke a function and return its result, as JSON would carry it. Raises HandlerFailed, and Throttled."""
        began = self._clock.now()
        if function.is_throttled:
            self._measuring.throttle(function.name, began)
            raise Throttled(f"{function.name}: as many of it run as may")
        request_id = self._identifiers.uuid()
        function.invocations += 1
        failed = True
        try:
            self._call_hooks(self.before, function, event)
            result = self._run(function, event, request_id, trace_header)
            self._call_hooks(self.after, function, event)
            failed = False
            self.handled(function, event)
        except (HandlerFailed, Killed) as fault:
            self._record(function, event, request_id, fault.__cause__ or fault)
            raise HandlerFailed(str(fault)) from (fault.__cause__ or fault)
        finally:
            self._measuring.invocation(function.name, began, self._clock.now(), failed=failed)
            self.settled()
        return result

    def load(self, function: Function) -> ModuleType:
        """Load a function as a cold start does. Raises what its modules raise."""
        self._sandbox.enter(function.bundle)
        return function.load(self._clock_module, self._clock.now)

    def _run(self, function: Function, event: Any, request_id: str, trace_header: str | None) -> Any:
        """Load and call the handler. Nothing that it raises gets past, but a Ctrl-C of the person at the terminal."""
        try:
            with function.environment() as environment, self.world_of(environment.bundle):
                self._sandbox.enter(environment.bundle)
                os.environ[TRACE_VARIABLE] = self._trace_header(function, trace_header)
                environment.load(self._clock_module, self._clock.now)
                return self._call(environment, event, request_id)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise HandlerFailed(f"{function.name}: {_described(error)}") from error
        finally:
            function.bundle.output.end_line()

    def _trace_header(self, function: Function, passed: str | None) -> str:
        """Return the header of an invocation: its own trace where the function is traced, or else what was passed.

        Lambda links the trace of a batch to those of its messages (AWS X-Ray Developer Guide, "Tracing event-driven
        applications").
        """
        if passed and not function.is_traced:
            return passed
        return self._identifiers.trace_header(self._clock.now(), is_sampled=function.is_traced)

    def _call(self, function: Function, event: Any, request_id: str) -> Any:
        """Call the handler. One that takes too long is not stopped: that it failed is known when it is back."""
        time = HandlerTime(self._clock.now)
        ends_at = time.began + function.timeout
        context = LambdaContext(
            function_name=function.name,
            memory_limit_in_mb=str(function.memory),
            invoked_function_arn=function.arn,
            aws_request_id=request_id,
            log_group_name=f"/aws/lambda/{function.name}",
            log_stream_name=STREAM,
            ends_at=ends_at,
            now=time.now,
        )
        result = json.loads(json.dumps(function.call(event, context)))
        if time.now() > ends_at:
            raise TimedOut(f"Task timed out after {function.timeout:.2f} seconds")
        return result

    def _call_hooks(self, hooks: list[Hook], function: Function, event: Any) -> None:
        if hooks:
            self._sandbox.leave()
        for hook in hooks:
            hook(function.name, event)

    def _record(self, function: Function, event: Any, request_id: str, error: BaseException) -> None:
        text = "".join(traceback.format_exception(error))
        function.bundle.output.write(f"[ERROR] request {request_id}\n{text}")
        function.bundle.output.end_line()
        time = rfc3339(self._clock.now())
        self.failures.append(Failure(function.name, request_id, time, event, error, _described(error), text))


def _described(error: BaseException) -> str:
    """Return an error in words that can be printed, whatever its own way to say them does."""
    try:
        return repr(error).encode(errors="backslashreplace").decode()
    except Exception as second:
        return f"{type(error).__name__}, whose own description fails with {type(second).__name__}"
