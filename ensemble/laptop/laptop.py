"""The laptop AWS as its users see it: load an assembly, put events, let time pass, look at what happened."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from starlette.routing import BaseRoute

from ensemble.aws.assembly import account_of
from ensemble.aws.entries import Event
from ensemble.aws.errors import InvocationFailed
from ensemble.laptop.answers import Answer
from ensemble.laptop.changing import Changing
from ensemble.laptop.clock import Clock, VirtualClock
from ensemble.laptop.cloud import Cloud
from ensemble.laptop.engine import Engine
from ensemble.laptop.gateway.calls import Call
from ensemble.laptop.gateway.serving import api_route
from ensemble.laptop.given import Values
from ensemble.laptop.invoker import HandlerFailed, Hook
from ensemble.laptop.process import Around, Process
from ensemble.laptop.queue_mapping import record_of
from ensemble.laptop.server import Server, wire_app
from ensemble.laptop.sources import PROJECT
from ensemble.laptop.takeover import load
from ensemble.laptop.waiting import watched_waits

MAXIMUM_LISTENER_ERRORS = 100

EventListener = Callable[[str, Event], None]


class Laptop(Changing):
    """An AWS account in this process, with all stacks of an assembly deployed.

    Closing it gives back all that it changed in the process. While a handler runs, the process is the
    handler's; hooks, listeners and predicates run with the process as it was before.
    """

    def __init__(
        self,
        assembly: Path,
        clock: Clock | None = None,
        *,
        log_directory: Path | None = None,
        settings: Values | None = None,
        clock_module: str = "functions.kit.clock",
        project: Path = PROJECT,
        is_concurrent: bool = False,
        is_traced: bool = False,
    ) -> None:
        """Deploy the assembly.

        `clock`: virtual unless given. `log_directory`: also write what each function prints to
        `<directory>/<function name>.log`. `clock_module`: the module of the bundles whose `now()` is
        replaced by the clock's. `settings`: the settings and the secrets of services, by service and field; what is
        not given has the default of its declaration, and what the templates set is for AWS alone. `project`: its
        root, whose files the code names, so that an editor's breakpoints hit. `is_concurrent`: while a handler waits
        for the network or sleeps, others run; the order of what happens then differs from run to run. `is_traced`:
        X-Ray records each invocation of a function whose template has active tracing; events then carry their trace,
        and are longer by it. Raises LocalError when the assembly cannot be deployed here, or a service has no such
        setting.
        """
        self._account, self._clock, self._clock_module = account_of(assembly), clock or VirtualClock(), clock_module
        self._process = Process(log_directory, project, is_traced=is_traced)
        self._settings: Values = settings or {}
        self._cloud, self._resources, self.not_run = self._deployed(assembly, self._settings)
        self._process.answer_with(self._cloud.answer, self._cloud.printed)
        self.project = project
        self._accepted: deque[tuple[str, Event]] = deque()
        self._listeners: list[EventListener] = []
        self._listener_errors: deque[Exception] = deque(maxlen=MAXIMUM_LISTENER_ERRORS)
        self._is_telling = False
        self._servers: list[Server] = []
        self._waits = ExitStack()
        self._is_concurrent = is_concurrent
        self._listen()
        if is_concurrent:
            self._waits.enter_context(watched_waits())

    # Time

    @property
    def engine(self) -> Engine:
        """The engine; its `lock` guards the laptop against other threads."""
        return self._cloud.engine

    def now(self) -> float:
        """Return the laptop's time, in seconds since 1970."""
        return self.engine.clock.now()

    def run_until_idle(self) -> None:
        """Run until nothing is due: retries and delays are waited for; schedules alone are not."""
        self.engine.run(self._is_idle)

    def run_for(self, seconds: float) -> None:
        """Let that much time pass, running what comes due."""
        self.engine.run(self._never, self.now() + seconds)

    advance = run_for

    def run_until(self, predicate: Callable[[], bool], timeout_seconds: float) -> bool:
        """Run until the predicate holds or the time has passed; return whether it holds."""

        def holds() -> bool:
            self._tell_in_run()
            self._cloud.sandbox.leave()
            return predicate()

        return self.engine.run(holds, self.now() + timeout_seconds)

    def run(self) -> None:
        """Run until `stop`."""
        self.engine.run(self._never, math.inf)

    def stop(self) -> None:
        """Make the run under way return; callable from any thread."""
        self.engine.stop()

    # Doing

    def put_events(self, entries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """Put events as the PutEvents operation does, and return its answer. Raises AwsError."""
        with self.engine.lock:
            answer = self._cloud.buses.put_events(list(entries))
            self._tell()
            return answer

    def invoke(self, function_name: str, event: Any) -> Any:
        """Invoke a function and return its result. Raises InvocationFailed, caused by what the handler raised."""
        with self.engine.lock:
            return self._invoke(function_name, event)

    def deliver(self, queue_name: str, function_name: str, body: str) -> Any:
        """Invoke a function with one message of a queue, as a mapping does, and return its result.

        The message was not in the queue before and is not afterwards: it is tried once. Raises InvocationFailed.
        """
        with self.engine.lock:
            queue = self.queue(queue_name)
            message = queue.hold(body)
            try:
                return self._invoke(function_name, {"Records": [record_of(message, queue)]})
            finally:
                queue.delete(message.receipt_handle or "")

    def load(self, function_name: str) -> None:
        """Load a function now rather than at its first invocation. Raises what its modules raise."""
        with self.engine.lock:
            try:
                self._cloud.invoker.load(self.function(function_name))
            finally:
                self._cloud.sandbox.leave()

    def load_all(self) -> None:
        """Load all functions now. Raises FunctionUnloadable for one of a service; others are added to `not_run`."""
        with self.engine.lock:
            self.not_run += load(self._cloud)

    def answer(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer an AWS request, from any thread."""
        return self._asked(lambda cloud: cloud.wire.answer_checked(headers, body))

    def call(self, call: Call) -> Answer:
        """Answer a call of a REST API, from any thread."""
        return self._asked(lambda cloud: cloud.calls.answer(call))

    def serve(self, port: int = 0, routes: Sequence[BaseRoute] = ()) -> Server:
        """Serve AWS requests over HTTP on loopback (port 0: any free one), and `routes` before them.

        Raises PortUnavailable.
        """
        is_waiting = not self._clock.is_virtual
        app = wire_app(self.answer, self.engine.lock, [*routes, api_route(self.call)], is_waiting=is_waiting)
        server = Server(app, port).start()
        self._servers.append(server)
        return server

    def on_event(self, listener: EventListener) -> None:
        """Call the listener with the bus's name and the event, for each event that any bus accepts.

        The listener may put events: the listeners get them after this one. What it raises changes no answer, as the
        event is accepted: it is raised by the run under way or the next one, or else by `close`.
        """
        self._listeners.append(listener)

    @contextmanager
    def observed(self, on_event: EventListener, before_invoke: Hook) -> Iterator[None]:
        """Call the listener and the hook in this block only: see `on_event` and `before_invoke`."""
        with self.engine.lock:
            self._listeners.append(on_event)
            self._cloud.invoker.before.append(before_invoke)
        try:
            yield
        finally:
            with self.engine.lock:
                self._listeners.remove(on_event)
                self._cloud.invoker.before.remove(before_invoke)

    def around_requests(self, around: Around) -> None:
        """Let `around` answer each request of a function: it gets the headers, the body, and what answers them."""
        self._process.answer_through(around)

    # Faults

    @property
    def duplicate_deliveries(self) -> int:
        """How many times each rule delivers each event to a queue; 1 unless set."""
        return self._cloud.courier.copies

    @duplicate_deliveries.setter
    def duplicate_deliveries(self, times: int) -> None:
        self._cloud.courier.copies = times

    def before_invoke(self, hook: Hook) -> None:
        """Call the hook with the function's name and event before each invocation; it may raise Killed."""
        self._cloud.invoker.before.append(hook)

    def after_invoke(self, hook: Hook) -> None:
        """Call the hook after each invocation that went well, before it is acknowledged; it may raise Killed."""
        self._cloud.invoker.after.append(hook)

    # Ending

    def close(self) -> None:
        """Stop serving, and give back what was changed in the process. Raises what a listener raised."""
        self.stop()
        for server in self._servers:
            server.close()
        self.engine.end()
        self._waits.close()
        with self.engine.lock:
            self._cloud.sandbox.leave()
            self._process.close()
        self._raise_listener_errors()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _asked(self, answer: Callable[[Cloud], Answer]) -> Answer:
        with self.engine.lock:
            self._cloud.sandbox.leave()
            answered = answer(self._cloud)
            self._cloud.sandbox.leave()  # a function may have been invoked
            self._cloud.tables.drain()
            self._tell()
            return answered

    def _invoke(self, function_name: str, event: Any) -> Any:
        try:
            return self._cloud.invoker.invoke(self.function(function_name), event)
        except HandlerFailed as failure:
            raise InvocationFailed(str(failure)) from failure.__cause__
        finally:
            self._tell()
            self._cloud.sandbox.leave()

    def _is_idle(self) -> bool:
        self._tell_in_run()
        return self.engine.is_idle()

    def _never(self) -> bool:
        self._tell_in_run()
        return False

    def _note(self, bus: str, event: Event) -> None:
        if self._listeners:
            self._accepted.append((bus, event))

    def _tell_in_run(self) -> None:
        self._tell()
        self._raise_listener_errors()

    def _raise_listener_errors(self) -> None:
        if not self._listener_errors:
            return
        errors = list(self._listener_errors)
        self._listener_errors.clear()
        if len(errors) > 1:
            raise ExceptionGroup("listeners failed", errors)
        raise errors[0]

    def _listen(self) -> None:
        self._cloud.buses.accepted = self._note
        if self._is_concurrent:
            self._cloud.let_others_run()
            self.engine.between = self._tell

    def _tell(self) -> None:
        """Give the listeners the events accepted since; what a listener puts is given by the call under way."""
        if not self._accepted or self._is_telling:
            return
        self._cloud.sandbox.leave()
        self._is_telling = True
        try:
            while self._accepted:
                bus, event = self._accepted.popleft()
                for listener in self._listeners:
                    try:
                        listener(bus, event)
                    except Exception as error:
                        self._listener_errors.append(error)
        finally:
            self._is_telling = False
