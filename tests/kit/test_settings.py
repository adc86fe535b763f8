"""The settings that a handler reads: typed, from its environment alone, with secrets that are read late."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import dataclass, replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from functions.kit import clients
from functions.kit.errors import SecretNotFound, SettingMissing, SettingRefused
from functions.kit.needs import Secret
from functions.kit.settings import settings_of
from functions.kit.telemetry import described, logger
from tests.kit.conftest import Kit, record
from tests.kit.locker import LOCKER, CallCourier


@dataclass(frozen=True)
class Settings:
    url: str
    key: Secret
    attempts: int = 3
    seconds: float = 2.5
    is_polite: bool = True


SERVICE = replace(LOCKER, settings=Settings)
GIVEN = {"SETTING_URL": "https://locker.example", "SECRET_KEY": "ssm:/dev/locker/key"}


def test_settings_come_typed_from_the_environment_and_else_from_their_defaults() -> None:
    given = {"SETTING_ATTEMPTS": "5", "SETTING_SECONDS": "4", "SETTING_IS_POLITE": "false"}

    plain, other = settings_of(SERVICE, GIVEN), settings_of(SERVICE, GIVEN | given)

    assert (plain.url, plain.attempts, plain.seconds, plain.is_polite) == ("https://locker.example", 3, 2.5, True)
    assert (other.attempts, other.seconds, other.is_polite) == (5, 4.0, False)
    assert repr(plain.key) == "Secret('ssm:/dev/locker/key')"


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        ("SETTING_URL", "the setting url of locker is not given: the environment variable SETTING_URL is not set"),
        ("SECRET_KEY", "the secret key of locker is not given: the environment variable SECRET_KEY is not set"),
    ],
)
def test_what_is_required_and_not_given_is_named(missing: str, reason: str) -> None:
    with pytest.raises(SettingMissing, match=reason):
        settings_of(SERVICE, {name: value for name, value in GIVEN.items() if name != missing})


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("SETTING_ATTEMPTS", "5.5", "attempts of locker is a whole number, such as 5, and SETTING_ATTEMPTS is '5.5'"),
        ("SETTING_SECONDS", "soon", "seconds of locker is a number, such as 5.0, and SETTING_SECONDS is 'soon'"),
        ("SETTING_IS_POLITE", "yes", "is_polite of locker is a boolean, such as true, and SETTING_IS_POLITE is 'yes'"),
    ],
)
def test_a_value_of_another_kind_is_refused_with_the_name_of_its_setting(name: str, text: str, reason: str) -> None:
    with pytest.raises(SettingRefused, match=reason):
        settings_of(SERVICE, GIVEN | {name: text})


def test_a_service_without_settings_has_none_to_give() -> None:
    with pytest.raises(SettingMissing, match=r"locker declares no settings. Fix: write settings=Settings"):
        settings_of(LOCKER, GIVEN)


@mock_aws
def test_a_secret_is_decrypted_from_parameter_store_once_per_container() -> None:
    store = boto3.client("ssm")
    store.put_parameter(Name="/dev/locker/key", Type="SecureString", Value="4242")
    key = settings_of(SERVICE, GIVEN).key

    assert key.value() == "4242"
    store.delete_parameter(Name="/dev/locker/key")
    assert key.value() == "4242"


@mock_aws
@pytest.mark.parametrize("value", [{"SecretString": "4242"}, {"SecretBinary": b"4242"}])
def test_a_secret_is_read_from_secrets_manager(value: dict[str, Any]) -> None:
    boto3.client("secretsmanager").create_secret(Name="key of the locker", **value)

    assert settings_of(SERVICE, GIVEN | {"SECRET_KEY": "secretsmanager:key of the locker"}).key.value() == "4242"


@mock_aws
@pytest.mark.parametrize(
    ("reference", "command"),
    [
        ("ssm:/dev/locker/key", "aws ssm put-parameter --type SecureString --name /dev/locker/key --value ..."),
        ("secretsmanager:key", "aws secretsmanager create-secret --name key --secret-string ..."),
    ],
)
def test_a_secret_that_is_not_there_is_a_fault_with_the_command_that_makes_it(reference: str, command: str) -> None:
    with pytest.raises(SecretNotFound) as caught:
        settings_of(SERVICE, GIVEN | {"SECRET_KEY": reference}).key.value()

    assert described(caught.value) == f"SecretNotFound: there is no secret {reference}. Fix: {command}"


def test_a_reference_to_no_store_is_refused() -> None:
    with pytest.raises(SecretNotFound, match=r"begins with '4242'. Fix: begin it with ssm or secretsmanager"):
        settings_of(SERVICE, GIVEN | {"SECRET_KEY": "4242"}).key.value()


def test_any_other_failure_is_botocores_own(monkeypatch: pytest.MonkeyPatch) -> None:
    class Throttled:
        def get_parameter(self, **_: Any) -> None:
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "4242"}}, "GetParameter")

    monkeypatch.setattr(clients, "ssm", Throttled)
    with pytest.raises(ClientError) as caught:
        settings_of(SERVICE, GIVEN).key.value()

    assert described(caught.value) == "ClientError: GetParameter ThrottlingException"


def test_an_adapter_whose_secret_is_not_there_says_so_in_its_log_and_the_event_comes_back(
    kit: Kit, log: io.StringIO
) -> None:
    key = settings_of(SERVICE, GIVEN).key

    def call(_: CallCourier) -> str:
        return str(key.value())

    kit.consumer = kit.another_worker(adapters={CallCourier: call})
    kit.stock(S=1)
    kit.handle(record("ParcelArrived", {"locker_id": "l-1", "parcels": [{"size": "S"}]}))

    failed = kit.handle(record("CourierWanted", {"locker_id": "l-1"}, event_id="e-2", message_id="m-2"))

    assert failed == ["m-2"]
    assert "aws ssm put-parameter --type SecureString --name /dev/locker/key" in log.getvalue()


def test_a_secret_in_settings_is_logged_as_its_reference(log: io.StringIO) -> None:
    secret = Secret("ssm:/dev/locker/key", lambda _: "4242")
    secret.value()

    logger.info("started", extra={"settings": Settings("", secret), "key": secret})

    assert "ssm:/dev/locker/key" in log.getvalue()
    assert "4242" not in log.getvalue()


def test_a_function_that_reads_no_secret_imports_nothing_that_would_read_it() -> None:
    program = (
        "import sys; from functions.kit.consumer import consumer; from functions.kit.settings import settings_of;"
        "print([name for name in ('boto3', 'aws_lambda_powertools.utilities.parameters') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert run.stdout == "[]\n"
