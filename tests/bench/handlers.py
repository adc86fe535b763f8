"""The handlers to measure, each in a process of its own with the environment and the import path of Lambda."""

from __future__ import annotations

import json
import os
import py_compile
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from ensemble.contracts.loading import load_schemas
from infrastructure.bundle import build
from infrastructure.services import discover

PROJECT = Path(__file__).parents[2]

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_REGION": "eu-west-1",
    "AWS_EXECUTION_ENV": "AWS_Lambda_python3.14",
    "AWS_LAMBDA_FUNCTION_NAME": "bench",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
    "LAMBDA_TASK_ROOT": "/var/task",
    "EVENT_BUS_NAME": "dev-ensemble",
    "HOP_LIMIT": "32",
    "IDEMPOTENCY_TABLE_NAME": "dev-idempotency",
    "MAXIMUM_RECEIVES": "8",
    "POWERTOOLS_LOG_LEVEL": "INFO",
    "POWERTOOLS_METRICS_NAMESPACE": "Ensemble",
    "ROW_MEMORY_SECONDS": "3000000",
    "TABLE_NAME": "dev-table",
}
"""What the Lambda service sets, and what the template sets. Tracer is off where LAMBDA_TASK_ROOT is not set."""

TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0"
"""Most invocations are not sampled: X-Ray takes the first in a second and 5 % of the others by default."""


@dataclass(frozen=True, slots=True)
class Handler:
    """A handler's module and the folder that it is deployed from."""

    name: str
    module: str
    folder: Path

    def start(self) -> Child:
        """Import it in a new process."""
        return Child(self)


class Child:
    """A process with one handler. `seconds`: CPU of its import; `clients`, `modules`: what it made and loaded."""

    def __init__(self, handler: Handler) -> None:
        path = os.pathsep.join((str(handler.folder), sysconfig.get_path("purelib")))
        environment = ENVIRONMENT | {
            "PYTHONPATH": path,
            "POWERTOOLS_SERVICE_NAME": handler.name,
            "TOPIC_CUSTOMER_ARN": "arn:aws:sns:eu-west-1:123456789012:dev-notification-customer",
            "_X_AMZN_TRACE_ID": TRACE,
        }
        self._process = subprocess.Popen(
            # -S: as in Lambda, the import path has no .pth files, so this project is not on it
            (sys.executable, "-S", "-P", str(Path(__file__).with_name("child.py")), handler.module, str(PROJECT)),
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        answer = self._read()
        self.seconds: float = answer["seconds"]
        self.clients: list[str] = answer["clients"]
        self.modules: list[str] = answer["modules"]

    def invoke(self, invocations: list[dict[str, Any]]) -> dict[str, Any]:
        """Return what the invocations cost: CPU `seconds`, `calls` to AWS by operation, and `items` written."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(invocations) + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the handler's process ended with status {self._process.wait()}: its error is above")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __enter__(self) -> Child:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.communicate()


@dataclass(frozen=True, slots=True)
class Handlers:
    """`consumers` by service, a relay, and the handler that is written the usual way."""

    consumers: dict[str, Handler]
    relay: Handler
    usual: Handler


def deployed(folder: Path) -> Handlers:
    """Build every service's bundle into a folder, and the usual handler's in the same manner."""
    schemas = load_schemas(PROJECT / "schemas")
    services = discover(PROJECT)
    bundles = {service.name: build(PROJECT, service, schemas, folder).folder for service in services}
    consumers = {name: Handler(name, f"functions.{name}.handler", bundle) for name, bundle in bundles.items()}
    relay = Handler("order", "functions.kit.relay_handler", bundles["order"])
    return Handlers(consumers, relay, _usual(folder / "usual"))


def _usual(folder: Path) -> Handler:
    folder.mkdir()
    file = shutil.copy(Path(__file__).with_name("usual") / "handler.py", folder / "usual_handler.py")
    py_compile.compile(str(file), doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    return Handler("order", "usual_handler", folder)
