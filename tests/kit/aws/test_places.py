"""Where each client asks, and whom it trusts."""

from __future__ import annotations

import datetime
import ipaddress
import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore
import pytest
from botocore.exceptions import SSLError
from botocore.session import get_session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from functions.kit import clients
from functions.kit.aws import sending
from functions.kit.aws.client import Client
from functions.kit.aws.operations import SERVICES
from functions.kit.aws.places import CLIENT, FOR_BOTOCORE, FUNCTION, place_of
from tests.kit.aws.conftest import Make
from tests.kit.aws.server import Server

LAMBDA = {
    FUNCTION: "lend",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_SESSION_TOKEN": "token",
}
ELSEWHERE = "http://127.0.0.1:1"


def endpoint(service: str, **variables: str) -> str | None:
    place = place_of(SERVICES[service], LAMBDA | variables)
    return None if place is None else place.endpoint


@pytest.mark.parametrize("service", sorted(SERVICES))
@pytest.mark.parametrize(
    "region", ["eu-west-1", "us-east-1", "ap-southeast-2", "il-central-1", "cn-north-1", "us-gov-west-1"]
)
def test_both_clients_ask_the_same_endpoint(service: str, region: str) -> None:
    theirs = get_session().create_client(service, region_name=region).meta.endpoint_url

    assert endpoint(service, AWS_DEFAULT_REGION=region) == theirs


def test_each_region_that_botocore_knows_has_its_partition_s_endpoint_or_is_botocore_s() -> None:
    partitions = json.loads(Path(botocore.__file__).with_name("data").joinpath("partitions.json").read_text())
    known = set()
    for partition in partitions["partitions"]:
        for region in partition["regions"]:
            if "-" not in region or region.endswith("-global"):
                continue
            url = endpoint("dynamodb", AWS_DEFAULT_REGION=region)
            assert url in (None, f"https://dynamodb.{region}.{partition['outputs']['dnsSuffix']}")
            known |= {partition["id"]} if url else set()

    assert known == {"aws", "aws-cn", "aws-us-gov"}


@pytest.mark.parametrize(
    ("variables", "asked"),
    [
        ({}, True),
        ({"AWS_ENDPOINT_URL_DYNAMODB": ELSEWHERE}, False),
        ({"AWS_ENDPOINT_URL_SQS": ELSEWHERE}, True),
    ],
)
def test_a_variable_of_the_service_goes_before_the_one_of_all(
    make: Make, kind: str, server: Server, variables: dict[str, str], asked: bool
) -> None:
    dynamodb = make(kind, "dynamodb", **variables)

    assert dynamodb.meta.endpoint_url == (server.url if asked else ELSEWHERE)


def test_endpoints_of_variables_can_be_passed_over(make: Make, kind: str) -> None:
    dynamodb = make(kind, "dynamodb", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS="true")

    assert dynamodb.meta.endpoint_url == "https://dynamodb.eu-west-1.amazonaws.com"


def test_an_endpoint_may_have_a_path(make: Make, kind: str, server: Server) -> None:
    make(kind, "events", AWS_ENDPOINT_URL=f"{server.url}/a/b").put_events(Entries=[{"Source": "desk"}])

    assert server.asked[0].path == "/a/b"


@pytest.mark.parametrize("variable", FOR_BOTOCORE)
def test_what_only_botocore_does_is_left_to_it(variable: str) -> None:
    assert endpoint("dynamodb", **{variable: "x"}) is None


@pytest.mark.parametrize("missing", [FUNCTION, "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_botocore_asks_outside_lambda_and_where_credentials_come_in_another_way(missing: str) -> None:
    environment = {name: value for name, value in LAMBDA.items() if name != missing}

    assert place_of(SERVICES["dynamodb"], environment) is None
    assert place_of(SERVICES["dynamodb"], LAMBDA) is not None


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://a", "http://", "http://a?b", "http://me@a"])
def test_an_endpoint_that_is_none_is_left_to_botocore(url: str) -> None:
    assert endpoint("dynamodb", AWS_ENDPOINT_URL=url) is None


def test_one_setting_makes_every_client_botocore_s(function: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("dynamodb", "events", "sns", "sqs")

    assert {type(getattr(clients, name)()) for name in names} == {Client}
    monkeypatch.setenv(CLIENT, "botocore")
    assert Client not in {type(getattr(clients, name)()) for name in names}


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of 127.0.0.1 that nobody vouches for but itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    pem, none = serialization.Encoding.PEM, serialization.NoEncryption()
    file.write_bytes(
        made.public_bytes(pem) + key.private_bytes(pem, serialization.PrivateFormat.TraditionalOpenSSL, none)
    )
    return file


@pytest.fixture
def secure(certificate: Path) -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    sending._trust.cache_clear()
    server = Server(context)
    yield server
    sending._trust.cache_clear()
    server.close()


def ask(make: Make, kind: str, url: str, **variables: str) -> Any:
    events = make(kind, "events", AWS_ENDPOINT_URL=url, **variables)
    return events.put_events(Entries=[{"Source": "desk"}])


def test_a_server_that_nobody_vouches_for_is_asked_nothing(make: Make, kind: str, secure: Server) -> None:
    with pytest.raises(SSLError, match="self-signed"):
        ask(make, kind, secure.url)

    assert secure.asked == []


def test_whom_to_trust_can_be_said(make: Make, kind: str, secure: Server, certificate: Path) -> None:
    ask(make, kind, secure.url, AWS_CA_BUNDLE=str(certificate))

    assert len(secure.asked) == 1


def test_a_certificate_is_of_the_host_that_is_asked(make: Make, kind: str, secure: Server, certificate: Path) -> None:
    with pytest.raises(SSLError, match=r"[Hh]ostname"):
        ask(make, kind, secure.url.replace("127.0.0.1", "localhost"), AWS_CA_BUNDLE=str(certificate))

    assert secure.asked == []
