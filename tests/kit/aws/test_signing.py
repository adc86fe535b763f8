"""Signature Version 4, and the time that a request is signed at."""

from __future__ import annotations

import random
import string
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from botocore import auth as botocore
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError

from functions.kit import clock
from functions.kit.aws.signing import Credentials, signed
from tests.kit.aws.conftest import Make
from tests.kit.aws.server import Asked, Reply, Server


def test_two_hundred_requests_are_signed_as_botocore_signs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(4)
    for _ in range(200):
        seconds = chance.randrange(1_000_000_000, 4_000_000_000)
        instant = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
        monkeypatch.setattr(botocore, "get_current_datetime", lambda instant=instant: instant)
        credentials = Credentials(_text(chance), _text(chance), chance.choice(("", _text(chance))))
        region, service = chance.choice(("eu-west-1", "cn-north-1", "us-gov-west-1")), _text(chance)
        path = chance.choice(("/", "/a/b", "/a b/ä", "/~x/%7E", "/" + _text(chance)))
        body = chance.randbytes(chance.randrange(300))
        headers = {
            "Host": "h.example:8000",
            **{f"X-{_text(chance)}": _value(chance) for _ in range(chance.randrange(5))},
        }
        request = AWSRequest("POST", "http://h.example:8000" + path, dict(headers), body)
        theirs = botocore.SigV4Auth(botocore_credentials(credentials), service, region)

        theirs.add_auth(request)

        ours = signed(headers, body, path, credentials, region, service, seconds)
        assert ours == dict(request.headers.items())


def botocore_credentials(ours: Credentials) -> Any:
    from botocore.credentials import Credentials as Theirs

    return Theirs(ours.access_key, ours.secret_key, ours.token or None)


def _text(chance: random.Random) -> str:
    return "".join(chance.choices(string.ascii_letters + string.digits, k=chance.randrange(1, 20)))


def _value(chance: random.Random) -> str:
    return "".join(chance.choices(string.ascii_letters + " \t;,:/+=", k=chance.randrange(30)))


def test_the_signature_is_that_of_awss_own_example() -> None:
    """AWS Signature Version 4 test suite, `post-vanilla`."""
    credentials = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    seconds = datetime(2015, 8, 30, 12, 36, tzinfo=UTC).timestamp()

    headers = signed({"Host": "example.amazonaws.com"}, b"", "/", credentials, "us-east-1", "service", seconds)

    signature = "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
    scope = "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request"
    assert headers["X-Amz-Date"] == "20150830T123600Z"
    assert headers["Authorization"] == (
        f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature={signature}"
    )


class StrictAboutTime:
    """Refuses what is signed at another time than its own, as AWS does. `ahead`: of this machine."""

    def __init__(self, ahead: timedelta) -> None:
        self._now = datetime.fromtimestamp(clock.now(), UTC) + ahead

    def __call__(self, asked: Asked) -> Reply:
        signed_at = datetime.strptime(asked.headers["x-amz-date"], "%Y%m%dT%H%M%S%z")
        headers = {"Date": format_datetime(self._now, usegmt=True)}
        if abs(signed_at - self._now) < timedelta(minutes=5):
            return Reply(headers=headers)
        return Reply({"__type": "InvalidSignatureException", "message": "Signature not yet current"}, 400, headers)


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(hours=-3)])
def test_a_clock_that_is_wrong_is_put_right_by_awss(make: Make, server: Server, ahead: timedelta) -> None:
    """Botocore does not do this: its calls fail until the clock is right."""
    server.usual = StrictAboutTime(ahead)
    dynamodb, theirs = make("kit", "dynamodb"), make("botocore", "dynamodb")

    for _ in range(3):
        dynamodb.get_item(TableName="t", Key={"pk": {"S": "x"}})

    assert len(server.asked) == 4, "the first call asks twice, and the others know"
    with pytest.raises(ClientError, match="not yet current"):
        theirs.get_item(TableName="t", Key={"pk": {"S": "x"}})


@pytest.mark.parametrize("said", ["", "yesterday", "now"])
def test_a_signature_that_is_wrong_at_the_right_time_is_refused_once(dynamodb: Any, server: Server, said: str) -> None:
    date = format_datetime(datetime.fromtimestamp(clock.now(), UTC), usegmt=True) if said == "now" else said
    server.usual = Reply({"__type": "InvalidSignatureException", "message": "no"}, 400, {"Date": date} if date else {})

    with pytest.raises(ClientError):
        dynamodb.get_item(TableName="t", Key={"pk": {"S": "x"}})

    assert len(server.asked) == 1
