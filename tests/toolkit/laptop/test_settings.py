"""Settings and secrets of services on the laptop: given by whoever starts it, and by nobody else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ensemble.aws.errors import DeploymentRefused, InvocationFailed
from ensemble.laptop import Laptop, VirtualClock
from ensemble.laptop.given import Values
from tests.toolkit.laptop.assemblies import Template, function, template, write_assembly

TEMPLATES = {
    "SETTING_URL": "https://real.example",
    "SETTING_IS_POLITE": "true",
    "SECRET_KEY": "ssm:/dev/locker/key",
    "SECRET_CODE": "secretsmanager:code of the locker",
    "TABLE_NAME": "lockers",
}

SHOWS = """
import os
def handler(event, context):
    return {name: value for name, value in os.environ.items() if name.startswith(("SE", "TABLE"))}
"""

READS = """
from botocore.session import get_session
import boto3
def handler(event, context):
    ssm, secrets = get_session().create_client("ssm"), boto3.client("secretsmanager")
    asked = {"Name": "/dev/locker/key"}
    return [
        ssm.get_parameter(**asked, WithDecryption=True)["Parameter"]["Value"],
        ssm.get_parameter(**asked)["Parameter"]["Value"],
        secrets.get_secret_value(SecretId="code of the locker")["SecretString"],
    ]
"""


def laptop(directory: Path, settings: Values | None, source: str = SHOWS) -> Laptop:
    """Run the consumer of the service `locker`, and a function of the same variables that is no service's."""
    variables: Template = {"Environment": {"Variables": TEMPLATES}}
    stacks = {
        "locker": template(
            Consumer=function("locker", "functions.locker.handler.handler", **variables),
            Other=function("other", **variables),
        )
    }
    bundles = {
        "locker": {"functions/locker/handler.py": source, "functions/__init__.py": ""},
        "other": {"functions/handler.py": SHOWS},
    }
    return Laptop(write_assembly(directory, stacks, bundles), VirtualClock(), settings=settings)


def test_a_service_sees_what_is_given_and_nothing_of_what_the_template_or_the_shell_sets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SETTING_URL", "https://shell.example")
    monkeypatch.setenv("SETTING_IS_POLITE", "true")
    rest = {name: value for name, value in TEMPLATES.items() if not name.startswith("SETTING")}

    with laptop(tmp_path / "given", {"locker": {"url": "http://127.0.0.1:1", "is_polite": False}}) as given:
        assert given.invoke("locker", {}) == rest | {"SETTING_URL": "http://127.0.0.1:1", "SETTING_IS_POLITE": "false"}
        assert given.invoke("other", {}) == TEMPLATES
    with laptop(tmp_path / "nothing", None) as nothing:
        assert nothing.invoke("locker", {}) == rest


def test_the_functions_clients_read_the_secrets_that_are_given(tmp_path: Path) -> None:
    with laptop(tmp_path, {"locker": {"key": "4242", "code": "1234"}}, READS) as given:
        assert given.invoke("locker", {}) == ["4242", "encrypted", "1234"]


def test_a_secret_that_is_not_given_is_not_there(tmp_path: Path) -> None:
    with (
        laptop(tmp_path, {"locker": {"code": "1234"}}, READS) as given,
        pytest.raises(InvocationFailed, match=r"ParameterNotFound.*Parameter /dev/locker/key not found"),
    ):
        given.invoke("locker", {})


@pytest.mark.parametrize("target", ["AmazonSSM.GetParameter", "secretsmanager.GetSecretValue"])
def test_a_secret_is_given_to_nobody_over_http(tmp_path: Path, target: str) -> None:
    request: dict[str, Any] = {"Name": "/dev/locker/key", "SecretId": "code of the locker", "WithDecryption": True}
    with laptop(tmp_path, {"locker": {"key": "4242", "code": "4242"}}) as given:
        answer = given.answer({"x-amz-target": target}, json.dumps(request).encode())

    assert answer.status == 400
    assert b"AccessDenied" in answer.body
    assert b"4242" not in answer.body


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"locker": {"uri": "http://127.0.0.1:1"}}, "locker has no setting 'uri'; it has code, is_polite, key, url"),
        ({"shelf": {"url": "http://127.0.0.1:1"}}, "settings are given to 'shelf', and the services are: locker"),
    ],
)
def test_settings_that_no_service_has_are_refused(tmp_path: Path, settings: Values, reason: str) -> None:
    with pytest.raises(DeploymentRefused, match=reason):
        laptop(tmp_path, settings)
