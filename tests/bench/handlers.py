"""The handlers to measure, each in a process of its own with the environment and the import path of Lambda."""

from __future__ import annotations

import compileall
import json
import os
import py_compile
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from ensemble.contracts.loading import load_schemas
from functions.kit.model import Service
from functions.kit.needs import Setting, written
from infrastructure.bundle import build
from infrastructure.services import discover
from tests.conftest import LENDING, ROOT, copy_lending

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
    "ID_MEMORY_SECONDS": "3000000",
    "POWERTOOLS_LOG_LEVEL": "INFO",
    "POWERTOOLS_METRICS_NAMESPACE": "Ensemble",
    "QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/dev-loan-events",
    "TABLE_NAME": "dev-table",
}
"""What the Lambda service sets, and what the template sets. Tracer is off where LAMBDA_TASK_ROOT is not set."""

TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0"
"""Most invocations are not sampled: X-Ray takes the first in a second and 5 % of the others by default."""


TOPICS = "arn:aws:sns:eu-west-1:123456789012"
"""What the ARN of a topic begins with."""


@dataclass(frozen=True, slots=True)
class Handler:
    """A handler's module, the folder it is deployed from, its service's topics and settings."""

    name: str
    module: str
    folder: Path
    topics: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()

    def start(self, **variables: str) -> Child:
        """Import it in a new process, with these variables beside Lambda's and the template's."""
        return Child(self, variables)


class Child:
    """A process with one handler. `seconds`: CPU of its import; `clients`, `modules`: what it made and loaded."""

    def __init__(self, handler: Handler, variables: Mapping[str, str]) -> None:
        path = os.pathsep.join((str(handler.folder), sysconfig.get_path("purelib")))
        environment = ENVIRONMENT | {
            "PYTHONPATH": path,
            "POWERTOOLS_SERVICE_NAME": handler.name,
            "_X_AMZN_TRACE_ID": TRACE,
            **{f"TOPIC_{topic.upper()}_ARN": f"{TOPICS}:dev-{handler.name}-{topic}" for topic in handler.topics},
            **{setting.variable: written(json.loads(setting.example)) for setting in handler.settings},
            **variables,
        }
        self._process = subprocess.Popen(
            # -S: as in Lambda, the import path has no .pth files, so this project is not on it
            (sys.executable, "-S", "-P", str(Path(__file__).with_name("child.py")), handler.module, str(ROOT)),
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
        """Return what the invocations cost: CPU `seconds`, and `calls` to AWS by operation."""
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


def lending(folder: Path) -> dict[str, Handler]:
    """Deploy the lending library, the domain that is measured, into a folder; return its consumers by service."""
    return deployed(copy_lending(folder / "project"), discover(LENDING), folder / "bundles")


def deployed(project: Path, services: Sequence[Service], folder: Path) -> dict[str, Handler]:
    """Build the bundles of a project's services into a folder, with the bytecode of this Python, as if AWS ran it."""
    schemas = load_schemas(project / "schemas")
    consumers = {
        service.name: Handler(
            service.name,
            f"functions.{service.name}.handler",
            build(project, service, schemas, folder).folder,
            service.topics,
            service.declared_settings,
        )
        for service in services
    }
    compileall.compile_dir(str(folder), quiet=1, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    return consumers


def usual(folder: Path) -> Handler:
    """Deploy the handler that is written the usual way, with its bytecode as ours have."""
    folder.mkdir(parents=True)
    file = shutil.copy(Path(__file__).with_name("usual") / "handler.py", folder / "usual_handler.py")
    py_compile.compile(str(file), doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    return Handler("loan", "usual_handler", folder)
