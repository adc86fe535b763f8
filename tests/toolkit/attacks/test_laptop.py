"""Pages in the developer's browser, and requests that nobody signed, at the laptop AWS."""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from ensemble.laptop import Laptop
from ensemble.laptop.server import Server
from tests.toolkit.laptop.assemblies import queue, resource
from tests.toolkit.laptop.clients import client
from tests.toolkit.laptop.small import entry, laptop_with

TOPIC = "arn:aws:sns:eu-west-1:000000000000:customer"
MAIL = urlencode({"Action": "Publish", "TopicArn": TOPIC, "Message": "your order: evil.example"}).encode()
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
"""What an HTML form sends without its browser asking first."""

SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/eu-west-1/sns/aws4_request"}


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    topic = resource("AWS::SNS::Topic", TopicName="customer")
    with laptop_with(tmp_path, Inbox=queue(QueueName="inbox"), Topic=topic) as laptop:
        yield laptop


@pytest.fixture
def server(laptop: Laptop) -> Server:
    return laptop.serve()


def asked(server: Server, headers: Mapping[str, str]) -> tuple[int, str]:
    """Send the form; return status and text of the answer."""
    place = urlsplit(server.url)
    connection = http.client.HTTPConnection("127.0.0.1", place.port, timeout=60)
    try:
        connection.request("POST", "/", MAIL, {"Host": place.netloc, **FORM, **headers})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def mails(laptop: Laptop) -> int:
    return len(laptop.topic_messages("customer"))


def test_a_program_with_any_credentials_is_answered(laptop: Laptop, server: Server) -> None:
    assert asked(server, SIGNED)[0] == 200
    assert mails(laptop) == 1


@pytest.mark.parametrize(
    "browser",
    [
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_of_a_page_in_the_developers_browser_is_refused(
    laptop: Laptop, server: Server, browser: dict[str, str]
) -> None:
    status, text = asked(server, SIGNED | browser)

    assert (status, mails(laptop)) == (403, 0)
    assert "AccessDeniedException" in text
    assert "answers programs of this machine alone" in text


@pytest.mark.parametrize("host", ["evil.example", "evil.example:4566", "127.0.0.1.evil.example", "[::1", ""])
def test_a_page_whose_name_was_led_here_is_refused(laptop: Laptop, server: Server, host: str) -> None:
    status, text = asked(server, SIGNED | {"Host": host})

    assert (status, mails(laptop)) == (403, 0)
    assert "answers programs of this machine alone" in text


def test_a_request_that_nobody_signed_is_refused_as_aws_does(laptop: Laptop, server: Server) -> None:
    status, text = asked(server, {})

    assert (status, mails(laptop)) == (403, 0)
    assert "MissingAuthenticationToken" in text


def test_after_what_was_refused_others_are_answered(laptop: Laptop, server: Server) -> None:
    for refused in ({}, {"Host": "evil.example"}, SIGNED | {"Origin": "https://evil.example"}):
        asked(server, refused)

    assert client(server, "events").put_events(Entries=[entry()])["FailedEntryCount"] == 0
