"""The full lane: everything that a Lambda runs, with Powertools and botocore, its requests answered in the process."""

from __future__ import annotations

import io
import json
import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl

from botocore import endpoint
from botocore.exceptions import ReadTimeoutError
from botocore.retries import standard

from ensemble.laptop.answers import Answer
from ensemble.laptop.query import query_attributes
from ensemble.laptop.wire import Interceptor, Sent
from ensemble.simulator.adapters import adapters
from ensemble.simulator.afflictions import Afflicted
from ensemble.simulator.answers import NoAnswer, Refused
from ensemble.simulator.application import Application
from ensemble.simulator.core_lane import contracts_module
from ensemble.simulator.invocation import Handler
from ensemble.simulator.kit import WORKING_TREE, Kit, Kits
from ensemble.simulator.topology import FunctionSpec
from ensemble.simulator.world import World
from functions.kit import clients
from functions.kit.consumer import consumer
from functions.kit.contracts import Contracts

SURROUNDINGS = {
    "AWS_ACCESS_KEY_ID": "simulated",
    "AWS_SECRET_ACCESS_KEY": "simulated",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_LAMBDA_FUNCTION_NAME": "simulated",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_SURROUNDINGS_FILE": os.devnull,
}


class FullLane:
    """Makes environments as Lambda does: the handler that the kit makes, with its clients, settings and contracts.

    A client's pauses between attempts take no time here, and its quota of them is not used up.
    """

    name = "full"
    calls_of_a_record = 5
    is_naive = False

    def __init__(self, application: Application) -> None:
        self._application = application
        self._world: World | None = None
        self._intercept = Interceptor(self._answer)
        self._log = _Log()
        self._kits = Kits(self._joined)
        self._services = Afflicted(application.services, self._present)
        self._clients: dict[tuple[Kit, str], Any] = {}

    def environment(self, function: FunctionSpec, *, older: bool) -> Handler:
        """Return a new environment's handler."""
        kit = self._kits.of(function)
        if kit is not WORKING_TREE:  # it is an older version already
            return kit.handler(function, adapters(self._application, function, clients.sns(), kit))  # type: ignore[no-any-return]
        module = contracts_module(function.bundle)
        with patch.dict(os.environ, function.variables), patch.dict(sys.modules, {"functions.contracts": module}):
            service = self._services[function.service]
            effects = adapters(self._application, function, clients.sns())
            if not older:
                return consumer(service, effects)  # type: ignore[return-value]
            service, contracts = self._application.older(service, Contracts.of_bundle())
            with patch.object(Contracts, "of_bundle", lambda: contracts):
                return consumer(service, effects)  # type: ignore[return-value]

    def _present(self) -> World:
        assert self._world is not None
        return self._world

    @contextmanager
    def running(self, world: World, secrets: tuple[str, ...]) -> Iterator[None]:
        """Run functions in this world and on its clock, their clients' requests answered by it."""
        self._world = world
        self._log.begin(world, secrets)
        with (
            patch.object(endpoint, "time", SimpleNamespace(sleep=lambda seconds: None)),
            patch.object(standard.RetryQuotaChecker, "acquire_retry_quota", lambda *_: True),
            patch.dict(os.environ, SURROUNDINGS),
            redirect_stdout(self._log),
            warnings.catch_warnings(action="ignore"),  # a function that crashed has no metrics to flush
            self._kits.joined(),
        ):
            yield

    @contextmanager
    def _joined(self, kit: Kit) -> Iterator[None]:
        """Let a kit read the world's clock and log where we look, its clients' requests answered by us."""
        world, make = self._world, kit.clients._client
        assert world is not None

        def intercepted(service: str) -> Any:
            if (kit, service) not in self._clients:  # a client remembers nothing that would make a difference
                self._clients[kit, service] = client = make(service)
                if hasattr(client.meta, "events"):  # botocore's
                    client.meta.events.register("before-send", self._intercept)
            return self._clients[kit, service]

        with (
            patch.object(kit.clock, "now", world.clock),
            patch.object(kit.clock, "pause", world.pause, create=True),  # 0.2.0 has none
            patch.object(kit.clients, "_client", intercepted),
            self._own_client(kit),
            patch.object(kit.telemetry.metrics.provider, "namespace", "simulated"),
            patch.object(kit.telemetry.logger.registered_handler, "stream", self._log),
        ):
            yield

    @contextmanager
    def _own_client(self, kit: Kit) -> Iterator[None]:
        """Answer the requests of a kit's own client, as of botocore's, if it has one."""
        try:
            sending, retries = kit.module("functions.kit.aws.sending"), kit.module("functions.kit.aws.retries")
        except ModuleNotFoundError:  # an older one asks by botocore alone
            yield
            return
        with (
            patch.object(sending, "send", self._send),
            patch.object(retries, "pause", lambda _: None),
            patch.object(retries.Quota, "acquire", lambda *_: 1),
        ):
            yield

    def _send(self, request: Sent) -> Answer:
        return self._answer({name.lower(): value for name, value in request.headers.items()}, request.body)

    def _answer(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer a request of a client. Raises ReadTimeoutError when the answer is lost."""
        assert self._world is not None
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        try:
            if not operation:
                return _published(self._world.request("Publish", _query(body)))
            return _json(200, self._world.request(operation, json.loads(body)))
        except Refused as refusal:
            return _json(refusal.status, refusal.body()) if operation else _xml_error(refusal)
        except NoAnswer:
            raise ReadTimeoutError(endpoint_url="simulated") from None


class _Log(io.TextIOBase):
    """Takes what the functions print, and looks for what no log may hold."""

    def begin(self, world: World, secrets: tuple[str, ...]) -> None:
        self._world, self._secrets = world, secrets

    def write(self, text: str) -> int:
        if any(secret in text for secret in self._secrets):
            self._world.violate(f"a sensitive value is logged: {text}")
        return len(text)


def _json(status: int, content: Mapping[str, Any]) -> Answer:
    return Answer(status, {"content-type": "application/x-amz-json-1.0"}, json.dumps(content).encode())


def _query(body: bytes) -> dict[str, Any]:
    """Return a request of the query protocol: SNS's Publish."""
    form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    return {
        "TopicArn": form["TopicArn"],
        "Message": form["Message"],
        "MessageAttributes": dict(query_attributes(form)),
    }


def _published(answer: Mapping[str, Any]) -> Answer:
    content = f"<PublishResult><MessageId>{answer['MessageId']}</MessageId></PublishResult>"
    return Answer(200, {"content-type": "text/xml"}, f"<PublishResponse>{content}</PublishResponse>".encode())


def _xml_error(refusal: Refused) -> Answer:
    content = f"<ErrorResponse><Error><Type>Sender</Type><Code>{refusal.code}</Code></Error></ErrorResponse>"
    return Answer(refusal.status, {"content-type": "text/xml"}, content.encode())
