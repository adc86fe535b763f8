"""Lambda: runs a function's real handler, from its asset, with the environment of the template."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

from ensemble.aws.policies import Statement
from ensemble.laptop.logs.groups import STREAM
from ensemble.laptop.sandbox import Bundle

TRACE_VARIABLE = "_X_AMZN_TRACE_ID"
FUNCTION_VARIABLE = "AWS_LAMBDA_FUNCTION_NAME"


@dataclass(eq=False)
class Function:
    """A function: its settings (memory in MB, timeout in seconds) and what became of its invocations.

    `variables`: those of its environment that its template or the laptop's caller sets. `role`: the ARN of its role.

    `module` is the handler's module, loaded at the first invocation (a cold start) or by `load`. `is_traced`: X-Ray
    records each invocation. One that `is_throttled` is not invoked: a fault to inject, as where no concurrency is left.
    """

    name: str
    arn: str
    handler: str
    memory: int
    timeout: float
    bundle: Bundle
    variables: dict[str, str] = field(default_factory=dict)
    is_traced: bool = False
    role: str = ""
    permissions: list[Statement] = field(default_factory=list)
    invocations: int = 0
    is_throttled: bool = False
    _module: ModuleType | None = None
    _others: list[Function] = field(default_factory=list)
    _is_in_use: bool = False

    @property
    def module(self) -> ModuleType:
        """Return the handler's module. Raises RuntimeError before the first invocation."""
        if self._module is None:
            raise RuntimeError(f"{self.name} is not loaded: it was not invoked yet")
        return self._module

    @property
    def is_loaded(self) -> bool:
        """Whether the handler's module is loaded."""
        return self._module is not None

    @property
    def output(self) -> list[str]:
        """Return the last lines that the function printed."""
        return list(self.bundle.output.lines)

    def adopt(self, other: Function) -> None:
        """Go on with the code of another function, and with what that has in memory."""
        self.bundle, self._module, self._others = other.bundle, other._module, other._others

    def load(self, clock_module: str, now: Callable[[], float]) -> ModuleType:
        """Import the handler's module, inside the sandbox, the clock module's `now` replaced before."""
        if self._module is None:
            if clock_module.partition(".")[0] in self.bundle.names:  # else it would be that of this process
                _replace_clock(clock_module, now)
            self._module = importlib.import_module(self._module_name)
        return self._module

    def call(self, event: Any, context: LambdaContext) -> Any:
        """Call the handler, inside the sandbox."""
        return getattr(self.module, self.handler.rpartition(".")[2])(event, context)

    @contextmanager
    def environment(self) -> Iterator[Function]:
        """Give an execution environment that no other invocation is in: its own, or another one, loaded anew.

        Source: Lambda Developer Guide, "Understanding Lambda function scaling": each handles one request at a time.
        """
        free = next((one for one in (self, *self._others) if not one._is_in_use), None)
        if free is None:
            free = replace(self, bundle=self.bundle.another(), _module=None, _others=[], _is_in_use=False)
            self._others.append(free)
        free._is_in_use = True
        try:
            yield free
        finally:
            free._is_in_use = False

    @property
    def _module_name(self) -> str:
        return self.handler.rpartition(".")[0].replace("/", ".")


@dataclass(frozen=True, slots=True)
class LambdaContext:
    """What a handler is given about its invocation (Lambda Developer Guide, "Using the Lambda context object")."""

    function_name: str
    memory_limit_in_mb: str
    invoked_function_arn: str
    aws_request_id: str
    log_group_name: str
    log_stream_name: str
    ends_at: float
    now: Callable[[], float]
    function_version: str = "$LATEST"
    client_context: None = None
    identity: None = None

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds left before the function's timeout, on the laptop's clock."""
        return max(0, int((self.ends_at - self.now()) * 1000))


def _replace_clock(clock_module: str, now: Callable[[], float]) -> None:
    """Let the bundle's clock show the laptop's time, if the bundle has one."""
    try:
        found = importlib.util.find_spec(clock_module)
    except ModuleNotFoundError:
        return
    if found is not None:
        importlib.import_module(clock_module)
        vars(sys.modules[clock_module])["now"] = now


def lambda_variables(name: str, handler: str, memory: int, region: str) -> dict[str, str]:
    """Return what the Lambda service itself sets (Lambda Developer Guide, "Defined runtime environment variables").

    LAMBDA_TASK_ROOT is left out: it would turn Powertools' Tracer on. The credentials open nothing.
    """
    return {
        "AWS_ACCESS_KEY_ID": "AKIALOCALLOCALLOCAL0",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory),
        FUNCTION_VARIABLE: name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": STREAM,
        "AWS_REGION": region,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_SESSION_TOKEN": "local",
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "_HANDLER": handler,
        TRACE_VARIABLE: "",
    }
