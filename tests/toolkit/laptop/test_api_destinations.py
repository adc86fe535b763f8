"""API destinations: what is called on this machine, by which request, what is tried again, and what is not called."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from ensemble.laptop import Laptop
from tests.toolkit.laptop.assemblies import Template, get, queue, queue_policy, resource, rule
from tests.toolkit.laptop.small import entry, laptop_with, left_out

KEY = {"ApiKeyAuthParameters": {"ApiKeyName": "x-key", "ApiKeyValue": "s3cret"}}


class Endpoint(HTTPServer):
    """A server on this machine. `answers`: the statuses of the next answers, the last one for ever."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = [200]
        self.asked: list[tuple[str, str, Any, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.asked.append((self.command, self.path, dict(self.headers), body))
        answers = self.server.answers
        self.send_response(answers.pop(0) if len(answers) > 1 else answers[0])
        self.end_headers()

    do_POST = do_PUT = answer  # noqa: N815 - the names that http.server asks for

    def log_message(self, format: str, *arguments: Any) -> None:
        """Print nothing."""


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def calling(
    directory: Path, url: str, target: Template | None = None, connection: Template | None = None, role: str = "Role"
) -> Laptop:
    """Deploy a rule for all events that calls the URL, with the dead-letter queue `lost`."""
    full = {"Arn": get("Api"), "RoleArn": get(role), "DeadLetterConfig": {"Arn": get("Lost")}, **(target or {})}
    authorizing = {"AuthorizationType": "API_KEY", "AuthParameters": KEY} | (connection or {})
    return laptop_with(
        directory,
        Partner=resource("AWS::Events::Connection", **authorizing),
        Api=resource(
            "AWS::Events::ApiDestination",
            Name="partner",
            ConnectionArn=get("Partner"),
            HttpMethod="POST",
            InvocationEndpoint=url,
        ),
        Narrow=resource("AWS::IAM::Role", AssumeRolePolicyDocument={}, RoleName="narrow"),
        Lost=queue(QueueName="lost"),
        Rule=rule({"source": ["lending"]}, full, Name="all"),
        Policy=queue_policy(["Lost"], "Rule"),
    )


def lost(laptop: Laptop) -> list[str]:
    """Return with which codes events were given up."""
    return [message.attributes["ERROR_CODE"]["StringValue"] for message in laptop.queue("lost").messages]


def test_an_endpoint_of_this_machine_gets_the_event_with_the_key_of_its_connection(
    tmp_path: Path, endpoint: Endpoint
) -> None:
    with calling(tmp_path, f"{endpoint.url}/hooks") as laptop:
        laptop.put_events([entry()])
        laptop.run_until_idle()

        ((method, path, headers, body),) = endpoint.asked
        assert (method, path, headers["x-key"]) == ("POST", "/hooks", "s3cret")
        assert headers["User-Agent"] == "Amazon/EventBridge/ApiDestinations"
        assert json.loads(body)["detail"] == {"loan_id": "l-1"}
        assert (lost(laptop), left_out(laptop)) == ([], {})


def test_a_request_has_what_target_and_connection_say(tmp_path: Path, endpoint: Endpoint) -> None:
    parameters = {
        "PathParameterValues": ["$.detail.loan_id"],
        "HeaderParameters": {"x-type": "$.detail-type", "x-both": "target"},
        "QueryStringParameters": {"by": "rule"},
    }
    added = {
        "HeaderParameters": [{"Key": "x-both", "Value": "connection"}],
        "QueryStringParameters": [{"Key": "v", "Value": "2"}],
        "BodyParameters": [{"Key": "tenant", "Value": "t-1"}],
    }
    basic = {
        "AuthorizationType": "BASIC",
        "AuthParameters": {
            "BasicAuthParameters": {"Username": "u", "Password": "p"},
            "InvocationHttpParameters": added,
        },
    }
    target = {"HttpParameters": parameters, "InputPath": "$.detail"}
    with calling(tmp_path, f"{endpoint.url}/loans/*?a=1", target, basic) as laptop:
        laptop.put_events([entry()])
        laptop.run_until_idle()

        ((_, path, headers, body),) = endpoint.asked
        assert path == "/loans/l-1?a=1&by=rule&v=2"
        assert (headers["x-type"], headers["x-both"]) == ("LoanRequested", "connection")
        assert headers["Authorization"] == "Basic dTpw"
        assert json.loads(body) == {"loan_id": "l-1", "tenant": "t-1"}


@pytest.mark.parametrize("status", [401, 409, 429, 500, 503])
def test_what_may_pass_is_tried_again(tmp_path: Path, endpoint: Endpoint, status: int) -> None:
    endpoint.answers = [status, status, 200]
    with calling(tmp_path, endpoint.url) as laptop:
        laptop.put_events([entry()])
        laptop.run_until_idle()

        assert (len(endpoint.asked), lost(laptop)) == (3, [])


@pytest.mark.parametrize("status", [302, 400, 404, 422])
def test_what_will_not_pass_goes_to_the_dead_letters(tmp_path: Path, endpoint: Endpoint, status: int) -> None:
    endpoint.answers = [status]
    with calling(tmp_path, endpoint.url) as laptop:
        laptop.put_events([entry()])
        laptop.run_until_idle()

        assert (len(endpoint.asked), lost(laptop)) == (1, ["ERROR_FROM_TARGET"])


def test_an_endpoint_that_does_not_answer_is_tried_as_often_as_the_policy_says(tmp_path: Path) -> None:
    with calling(tmp_path, "http://127.0.0.1:9", {"RetryPolicy": {"MaximumRetryAttempts": 2}}) as laptop:
        laptop.put_events([entry()])
        laptop.run_until_idle()

        (message,) = laptop.queue("lost").messages
        assert lost(laptop) == ["CONNECTION_FAILURE"]
        assert message.attributes["RETRY_ATTEMPTS"]["StringValue"] == "2"


@pytest.mark.parametrize(
    "url", ["https://partner.example/hooks", "http://10.0.0.1/", "http://localhost.example/", "ftp://127.0.0.1/"]
)
def test_another_machine_is_never_called_and_listed(tmp_path: Path, url: str) -> None:
    with calling(tmp_path, url) as laptop:
        laptop.put_events([entry()])
        laptop.run_until_idle()

        assert left_out(laptop)["Api"] == f"nothing is sent to {url}: this machine alone is called"
        assert lost(laptop) == ["CONNECTION_FAILURE"]


def test_a_role_that_does_not_permit_the_call_makes_none(tmp_path: Path, endpoint: Endpoint) -> None:
    with calling(tmp_path, endpoint.url, role="Narrow") as laptop:
        laptop.put_events([entry()])
        laptop.run_until_idle()

        assert (endpoint.asked, lost(laptop)) == ([], ["NO_PERMISSIONS"])


def test_a_secret_that_only_a_deployment_knows_is_listed(tmp_path: Path, endpoint: Endpoint) -> None:
    secret = "{{resolve:secretsmanager:partner}}"
    key = {"ApiKeyAuthParameters": {"ApiKeyName": "x-key", "ApiKeyValue": secret}}
    with calling(tmp_path, endpoint.url, connection={"AuthParameters": key}) as laptop:
        assert (
            left_out(laptop)["Partner"] == f"it authorizes with the text {secret}, whose value only a deployment knows"
        )


def test_a_way_to_authorize_that_is_not_run_is_listed_with_what_needs_it(tmp_path: Path) -> None:
    oauth = {"AuthorizationType": "OAUTH_CLIENT_CREDENTIALS", "AuthParameters": {}}
    with calling(tmp_path, "http://127.0.0.1:9", connection=oauth) as laptop:
        listed = left_out(laptop)

        assert listed["Partner"].startswith("it authorizes by OAUTH_CLIENT_CREDENTIALS, and only API_KEY and BASIC")
        assert listed["Api"].endswith("is not run here")
        assert listed["Rule"].endswith("it is left out itself")
