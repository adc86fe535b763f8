"""While a handler waits for the network or sleeps, others run, each in a world of its own."""

from __future__ import annotations

import json
import math
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ensemble.laptop import Laptop, RealClock
from ensemble.laptop.engine import Engine
from ensemble.laptop.polling import Polling
from tests.toolkit.laptop.assemblies import Template, function, mapping, queue, template, write_assembly
from tests.toolkit.laptop.small import laptop_with

PATIENCE_SECONDS = 10
"""A test that fails ends after so long; none waits for it otherwise."""

HANDLER = """
import http.client, json, logging, os, time
from aws_lambda_powertools import Metrics

of_this_environment = ""

def handler(event, context):
    global of_this_environment
    for record in event["Records"]:
        body = json.loads(record["body"])
        of_this_environment = body["name"]
        before = dict(os.environ)
        print("began", body["name"])
        if "counts" in body:
            metrics = Metrics(namespace="Tests", service="tests")
            metrics.add_metric(name=body["counts"], unit="Count", value=1)
        if "port" in body:
            connection = http.client.HTTPConnection("127.0.0.1", body["port"])
            connection.request("GET", "/")
            connection.getresponse().read()
            connection.close()
        if "sleeps" in body:
            time.sleep(body["sleeps"])
        if body.get("stops"):
            raise KeyboardInterrupt
        if "counts" in body:
            metrics.flush_metrics()
        assert of_this_environment == body["name"]
        assert dict(os.environ) == before
        logging.getLogger().warning("ended %s", body["name"])
"""


class SlowServer(ThreadingHTTPServer):
    """Answers once it is released."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.released = threading.Event()


class Answering(BaseHTTPRequestHandler):
    server: SlowServer

    def do_GET(self) -> None:
        assert self.server.released.wait(PATIENCE_SECONDS)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[SlowServer]:
    with SlowServer() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.released.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    with concurrent(tmp_path) as laptop:
        yield laptop


def concurrent(directory: Path, **properties: Any) -> Laptop:
    """Deploy the functions `one` and `two`, each with a queue of its own."""
    resources: dict[str, Template] = {}
    for name in ("One", "Two"):
        resources[name] = function(name.lower())
        resources[f"{name}Queue"] = queue(QueueName=name.lower(), VisibilityTimeout=60)
        arn = {"Fn::GetAtt": [f"{name}Queue", "Arn"]}
        resources[f"{name}Mapping"] = mapping(arn, name, BatchSize=1, **properties)
    bundles = {name: {"functions/handler.py": HANDLER} for name in ("one", "two")}
    assembly = write_assembly(directory, {"lending": template(**resources)}, bundles)
    return Laptop(assembly, RealClock(), is_concurrent=True)


def send(laptop: Laptop, name: str, to: str = "one", **body: Any) -> None:
    with laptop.engine.lock:
        laptop.queue(to).send(json.dumps({"name": name, **body}))


def run(laptop: Laptop) -> None:
    assert laptop.run_until(laptop.engine.is_idle, PATIENCE_SECONDS)


def release_after(laptop: Laptop, server: SlowServer, invocations: int) -> None:
    """Let the server answer once so many invocations have gone well."""
    left = [invocations]

    def count(_name: str, _event: Any) -> None:
        left[0] -= 1
        if not left[0]:
            server.released.set()

    laptop.after_invoke(count)


def test_the_next_message_of_a_queue_is_handled_while_a_handler_waits_for_an_answer(
    laptop: Laptop, server: SlowServer
) -> None:
    release_after(laptop, server, 1)
    send(laptop, "slow", port=server.server_port)
    send(laptop, "quick")

    run(laptop)

    assert laptop.function("one").output == ["began slow", "began quick", "ended quick", "ended slow"]
    assert laptop.queue("one").messages == []
    assert laptop.failures == []


def test_many_may_wait_at_a_time(laptop: Laptop, server: SlowServer) -> None:
    release_after(laptop, server, 1)
    for number in range(5):
        send(laptop, f"slow {number}", port=server.server_port)
    send(laptop, "quick", to="two")

    run(laptop)

    assert laptop.function("two").output == ["began quick", "ended quick"]
    assert sorted(laptop.function("one").output) == sorted(
        f"{verb} slow {n}" for verb in ("began", "ended") for n in range(5)
    )
    assert laptop.failures == []


def test_no_more_wait_than_the_mappings_maximum_concurrency(tmp_path: Path, server: SlowServer) -> None:
    with concurrent(tmp_path, ScalingConfig={"MaximumConcurrency": 2}) as laptop:
        release_after(laptop, server, 1)
        for number in range(3):
            send(laptop, f"slow {number}", port=server.server_port)
        send(laptop, "quick", to="two")

        run(laptop)

        output = laptop.function("one").output
    assert output[:2] == ["began slow 0", "began slow 1"]
    assert output[2].startswith("ended slow")
    assert len(output) == 6


def test_a_handler_that_sleeps_holds_up_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slept = threading.Event()
    monkeypatch.setattr(time, "sleep", lambda _seconds: slept.wait(PATIENCE_SECONDS))
    with concurrent(tmp_path) as laptop:
        laptop.after_invoke(lambda _name, _event: slept.set())
        send(laptop, "slow", sleeps=1)
        send(laptop, "quick")

        run(laptop)

        assert laptop.function("one").output[1:3] == ["began quick", "ended quick"]


def test_an_interrupt_in_another_function_ends_the_run_when_the_one_that_waits_is_back(
    laptop: Laptop, server: SlowServer
) -> None:
    laptop.before_invoke(lambda _name, event: server.released.set() if "stops" in str(event) else None)
    send(laptop, "slow", port=server.server_port)
    send(laptop, "stopping", stops=True)

    with pytest.raises(KeyboardInterrupt):
        run(laptop)


def test_each_invocation_has_the_metrics_that_it_counted_itself(laptop: Laptop, server: SlowServer) -> None:
    release_after(laptop, server, 1)
    send(laptop, "slow", port=server.server_port, counts="Slow")
    send(laptop, "quick", to="two", counts="Quick")

    run(laptop)

    assert [(name, counted(laptop, name)) for name in ("one", "two")] == [("one", ["Slow"]), ("two", ["Quick"])]


def counted(laptop: Laptop, name: str) -> list[str]:
    """Return the names of the metrics that a function wrote to its log (CloudWatch's embedded metric format)."""
    lines = [json.loads(line) for line in laptop.function(name).output if line.startswith("{")]
    return [one["Name"] for line in lines for metric in line["_aws"]["CloudWatchMetrics"] for one in metric["Metrics"]]


def test_requests_are_answered_while_a_handler_waits(laptop: Laptop, server: SlowServer) -> None:
    def look() -> None:
        seen.append(laptop.answer({"x-amz-target": "AmazonSQS.ListQueues"}, b"{}").status)
        server.released.set()

    seen: list[int] = []
    laptop.before_invoke(lambda _name, _event: threading.Thread(target=look).start())
    send(laptop, "slow", port=server.server_port)

    run(laptop)

    assert len(seen) == 1
    assert laptop.function("one").output == ["began slow", "ended slow"]


def test_waits_are_watched_on_a_concurrent_laptop_only_and_until_it_is_closed(tmp_path: Path) -> None:
    def waits() -> list[Any]:
        return [time.sleep, socket.socket.recv, socket.socket.connect]

    before = waits()
    with laptop_with(tmp_path / "a"):
        synchronous = waits()
    with concurrent(tmp_path / "b"):
        watched = waits()

    assert synchronous == before == waits()
    assert all(one is not other for one, other in zip(before, watched, strict=True))


@pytest.mark.parametrize(("at_once", "most"), [(1, 1), (2, 2), (9, 3)])
def test_a_mapping_polls_again_while_a_poll_is_outside_as_often_as_it_may(at_once: int, most: int) -> None:
    """Of a source with three batches; a stream's mapping may poll once at a time."""
    engine, released = Engine(RealClock()), threading.Event()
    left, under_way, seen = [3], [0], []

    def poll() -> None:
        left[0] -= 1
        under_way[0] += 1
        seen.append(under_way[0])
        with engine.outside():
            assert released.wait(PATIENCE_SECONDS)
        under_way[0] -= 1

    polling = Polling(engine, poll, lambda: engine.clock.now() if left[0] else math.inf, at_once)
    polling.at(engine.clock.now())
    count_down(engine, 9, released.set)
    engine.run(engine.is_idle)

    assert max(seen) == most
    assert len(seen) == 3


def count_down(engine: Engine, turns: int, action: Callable[[], None]) -> None:
    """Do the action when the engine has had so many turns."""
    engine.at(engine.clock.now(), (lambda: count_down(engine, turns - 1, action)) if turns else action)
