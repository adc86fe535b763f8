"""What a service gets in a stage for what it declares to need, and what synthesis refuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import aws_cdk as cdk
import pytest

from functions.kit.model import Service, on, unchanged
from functions.kit.needs import Permission, Secret
from infrastructure.configuration import Configuration, ServiceConfiguration
from infrastructure.errors import NeedsRefused
from infrastructure.needs import Needs, needs_of


@dataclass(frozen=True)
class Settings:
    url: str
    key: Secret
    seconds: float = 5.0
    is_polite: bool = True


LOCKER = Service(
    name="locker",
    key="locker_id",
    state=dict,
    reactions=(on("ParcelArrived", lambda state, event: unchanged(state), reads=("locker_id",)),),
    settings=Settings,
)
SHELF = replace(LOCKER, name="shelf", settings=None)
CONFIGURATION = Configuration(
    memory_megabytes=256, log_retention_days=7, archive_days=7, maximum_concurrency=5, protected=False
)
URL = {"url": "https://locker.example"}


def needs(service: Service = LOCKER, context: Mapping[str, Any] | None = None, **given: Any) -> Needs:
    """Return what a service gets in `dev` of a project whose names there begin with `library-dev`."""
    own = ServiceConfiguration(**{"settings": URL, **given}) if service.settings else ServiceConfiguration(**given)
    configuration = replace(CONFIGURATION, services={service.name: own})
    return needs_of((service,), "dev", "library-dev", configuration, context or {})[service.name]


def problems(services: Mapping[str, ServiceConfiguration], context: Mapping[str, Any] | None = None) -> list[str]:
    configuration = replace(CONFIGURATION, services=services)
    with pytest.raises(NeedsRefused) as caught:
        needs_of((LOCKER, SHELF), "dev", "library-dev", configuration, context or {})
    return [str(finding) for finding in caught.value.findings]


def statements(made: Needs) -> Any:
    return cdk.Stack().resolve(list(made.statements))


# What it gets


def test_a_setting_is_of_the_context_or_else_of_the_app_or_else_its_default() -> None:
    made = needs(settings={**URL, "seconds": 2}, context={"locker.seconds": "1.5", "locker": "no setting"})

    assert made.variables == {
        "SETTING_URL": "https://locker.example",
        "SECRET_KEY": "ssm:/library-dev/locker/key",
        "SETTING_SECONDS": "1.5",
        "SETTING_IS_POLITE": "true",
    }
    assert needs(settings={**URL, "seconds": 2}).variables["SETTING_SECONDS"] == "2"
    assert needs().variables["SETTING_SECONDS"] == "5.0"


def test_a_required_setting_may_come_by_the_context_alone() -> None:
    assert needs(settings={}, context={"locker.url": "https://other"}).variables["SETTING_URL"] == "https://other"


def test_a_secret_is_kept_where_the_context_or_the_app_says() -> None:
    secrets = {"key": "secretsmanager:key of the locker"}

    assert needs(secrets=secrets).variables["SECRET_KEY"] == "secretsmanager:key of the locker"
    assert needs(secrets=secrets, context={"locker.key": "ssm:/mine"}).variables["SECRET_KEY"] == "ssm:/mine"


@pytest.mark.parametrize(
    ("reference", "action", "resource"),
    [
        ("ssm:/library-dev/locker/key", "ssm:GetParameter", ":ssm:*:parameter/library-dev/locker/key"),
        ("ssm:key", "ssm:GetParameter", ":ssm:*:parameter/key"),
        ("secretsmanager:key", "secretsmanager:GetSecretValue", ":secretsmanager:*:secret:key-??????"),
    ],
)
def test_the_consumer_may_read_its_own_secrets_and_no_others(reference: str, action: str, resource: str) -> None:
    (statement,) = statements(needs(secrets={"key": reference}))

    text = resource.replace("*", "${AWS::Region}:${AWS::AccountId}")
    assert statement["Action"] == [action]
    assert statement["Resource"] == [{"Fn::Sub": f"arn:${{AWS::Partition}}{text}"}]


def test_a_secret_may_be_named_by_its_arn_and_encrypted_by_a_key_of_ones_own() -> None:
    secret, key = "arn:aws:secretsmanager:eu-west-1:1:secret:key-a1b2c3", "arn:aws:kms:eu-west-1:1:key/1"

    made = needs(secrets={"key": f"secretsmanager:{secret}"}, kms_keys=[key])

    assert [(one["Action"], one["Resource"]) for one in statements(made)] == [
        (["secretsmanager:GetSecretValue"], [secret]),
        (["kms:Decrypt"], [key]),
    ]


def test_what_a_service_declares_to_be_permitted_is_permitted() -> None:
    resources = ("arn:${AWS::Partition}:s3:::${Stage}-parcels/*", "arn:aws:s3:::parcels")
    service = replace(SHELF, permissions=(Permission(("s3:GetObject",), resources),))

    (statement,) = statements(needs(service))

    assert statement["Action"] == ["s3:GetObject"]
    assert statement["Resource"] == [
        {"Fn::Sub": "arn:${AWS::Partition}:s3:::library-dev-parcels/*"},
        "arn:aws:s3:::parcels",
    ]


def test_a_number_is_of_the_app_or_else_of_the_service_or_else_of_the_stage() -> None:
    asking = replace(SHELF, memory_megabytes=1024, timeout_seconds=60, maximum_concurrency=2)

    def numbers(made: Needs) -> tuple[int, int, int]:
        return made.memory_megabytes, made.timeout_seconds, made.maximum_concurrency

    assert numbers(needs(SHELF)) == (256, 30, 5)
    assert numbers(needs(asking)) == (1024, 60, 2)
    assert numbers(needs(asking, memory_megabytes=512, timeout_seconds=90, maximum_concurrency=3)) == (512, 90, 3)


# What is refused


def test_a_required_setting_without_a_value_is_refused_with_the_line_to_add() -> None:
    assert problems({}) == [
        "app.py: the setting url of locker has no value in dev. Fix: to the Configuration of dev add "
        'services={"locker": ServiceConfiguration(settings={"url": "..."})}, '
        "and import ServiceConfiguration from infrastructure.configuration"
    ]
    assert problems({"locker": ServiceConfiguration()}) == [
        'app.py: the setting url of locker has no value in dev. Fix: to the settings of locker in dev add "url": "..."'
    ]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"settings": {**URL, "seconds": "2"}}, "the setting seconds of locker is '2' in dev. Fix: make it a number"),
        ({"settings": {**URL, "is_polite": 1}}, "the setting is_polite of locker is 1 in dev. Fix: make it a boolean"),
        ({"settings": {**URL, "uri": "1"}}, "locker has no setting 'uri' (settings in dev); it has url, key, seconds"),
        (
            {"settings": URL, "secrets": {"kye": "ssm:/1"}},
            "locker has no setting 'kye' (secrets in dev); it has url, key",
        ),
        ({"settings": {**URL, "key": "4242"}}, "key of locker is a secret, and stands among the settings in dev"),
        ({"settings": URL, "secrets": {"url": "4242"}}, "url of locker is a setting, and stands among the secrets"),
        ({"settings": URL, "secrets": {"key": "4242"}}, "the secret key of locker is given in plain text, or by no"),
        ({"settings": URL, "secrets": {"key": "ssm:"}}, 'write "ssm:/library-dev/locker/key" here, or nothing'),
        ({"settings": URL, "memory_megabytes": 64}, "memory_megabytes of locker is 64 in dev. Fix: take 128 to 10,240"),
        ({"settings": URL, "timeout_seconds": 20}, "timeout_seconds of locker is 20 in dev. Fix: take 26 to 900"),
        (
            {"settings": URL, "maximum_concurrency": 1},
            "maximum_concurrency of locker is 1 in dev. Fix: take 2 to 1,000",
        ),
    ],
)
def test_a_value_that_is_wrong_is_refused_and_no_secret_is_shown(given: Any, problem: str) -> None:
    (line,) = problems({"locker": ServiceConfiguration(**given)})

    assert line.startswith("app.py: ")
    assert problem in line
    assert "4242" not in line


@pytest.mark.parametrize(
    ("context", "problem"),
    [
        ({"locker.seconds": "soon"}, "seconds of locker is 'soon' in the context in dev. Fix: give a number"),
        ({"locker.uri": "1"}, "locker has no setting 'uri' (context in dev)"),
        ({"shelf.url": "1"}, "shelf has no setting 'url' (context in dev); it has none"),
        ({"locker.key": "4242"}, "the secret key of locker is given in plain text"),
    ],
)
def test_a_value_of_the_context_that_is_wrong_is_refused(context: dict[str, str], problem: str) -> None:
    (line,) = problems({"locker": ServiceConfiguration(settings=URL)}, context)

    assert problem in line
    assert "4242" not in line


def test_a_number_that_the_service_declares_is_refused_where_it_stands() -> None:
    with pytest.raises(NeedsRefused, match=r"functions/shelf/service.py: timeout_seconds of shelf is 1,?000 in dev"):
        needs(replace(SHELF, timeout_seconds=1000))


def test_values_for_a_service_that_is_not_there_are_refused_with_all_else() -> None:
    lines = problems({"looker": ServiceConfiguration()})

    assert lines[0].startswith(
        "app.py: dev configures the service 'looker', and there is none. Fix: name one of locker"
    )
    assert lines[1].startswith("app.py: the setting url of locker has no value in dev.")
