"""Over HTTP a receive waits for messages, and queues are at the address that was asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ensemble.laptop import Laptop, RealClock
from ensemble.laptop.answers import Answer
from ensemble.laptop.server import Server, wire_app
from tests.toolkit.laptop.assemblies import queue, template, write_assembly
from tests.toolkit.laptop.clients import client
from tests.toolkit.laptop.small import laptop_with

SECONDS = 10
"""Longer than anything here takes."""


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    stack = template(Inbox=queue(QueueName="inbox"))
    with Laptop(write_assembly(tmp_path, {"lending": stack}), RealClock()) as laptop:
        yield laptop


def received(sqs: Any, url: str, seconds: int) -> list[str]:
    answer = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=seconds)
    return [one["Body"] for one in answer.get("Messages", [])]


def test_a_receive_waits_for_a_message_that_comes_meanwhile(laptop: Laptop) -> None:
    looked = threading.Event()

    def answer(headers: Mapping[str, str], body: bytes) -> Answer:
        answered = laptop.answer(headers, body)
        if answered.body == b"{}":
            looked.set()
        return answered

    with Server(wire_app(answer, laptop.engine.lock, is_waiting=True)).start() as server:
        sqs, found = client(server, "sqs"), list[str]()
        url = sqs.get_queue_url(QueueName="inbox")["QueueUrl"]
        waiting = threading.Thread(target=lambda: found.extend(received(sqs, url, SECONDS)))
        began = time.monotonic()

        waiting.start()
        looked.wait(SECONDS)
        sqs.send_message(QueueUrl=url, MessageBody="meanwhile")
        waiting.join()

    assert found == ["meanwhile"]
    assert time.monotonic() - began < SECONDS


def test_a_receive_that_waited_in_vain_is_answered_without_messages(laptop: Laptop) -> None:
    sqs = client(laptop.serve(), "sqs")
    began = time.monotonic()

    assert received(sqs, sqs.get_queue_url(QueueName="inbox")["QueueUrl"], 1) == []
    assert time.monotonic() - began >= 1


def test_on_a_virtual_clock_a_receive_is_answered_at_once(tmp_path: Path) -> None:
    with laptop_with(tmp_path, Inbox=queue(QueueName="inbox")) as laptop:
        sqs = client(laptop.serve(), "sqs")
        began = time.monotonic()

        assert received(sqs, sqs.get_queue_url(QueueName="inbox")["QueueUrl"], SECONDS) == []
        assert time.monotonic() - began < SECONDS


def test_the_url_of_a_queue_is_at_the_address_that_was_asked(laptop: Laptop) -> None:
    server = laptop.serve()
    sqs = client(server, "sqs")

    url = sqs.get_queue_url(QueueName="inbox")["QueueUrl"]

    assert url == f"{server.url}/000000000000/inbox"
    assert sqs.list_queues()["QueueUrls"] == [url]
    assert sqs.send_message(QueueUrl=url, MessageBody="there")["MessageId"]
