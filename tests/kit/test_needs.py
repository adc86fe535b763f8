"""What a service declares that it needs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from functions.kit.errors import ServiceMisdeclared
from functions.kit.needs import Permission, Secret, Setting, settings_in, written
from tests.kit.locker import LOCKER


@dataclass(frozen=True)
class Settings:
    """One field of each kind."""

    url: str
    key: Secret
    attempts: int = 3
    seconds: float = 2.5
    is_polite: bool = False


@dataclass
class NotFrozen:
    url: str


class NoDataclass:
    url: str


@dataclass(frozen=True)
class OfAnotherKind:
    urls: list[str]


@dataclass(frozen=True)
class OfAnotherName:
    Url: str


@dataclass(frozen=True)
class SecretInPlainText:
    key: Secret = Secret.known("4242")  # noqa: RUF009


@dataclass(frozen=True)
class DefaultOfAnotherKind:
    attempts: int = 2.5  # type: ignore[assignment]


def test_the_fields_are_read_off_the_class() -> None:
    assert settings_in(Settings, "locker") == (
        Setting("url", str),
        Setting("key", Secret),
        Setting("attempts", int, 3),
        Setting("seconds", float, 2.5),
        Setting("is_polite", bool, False),
    )
    assert [setting.is_required for setting in settings_in(Settings, "locker")] == [True, True, False, False, False]
    assert settings_in(None, "locker") == ()


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (NotFrozen, "the settings of locker are no frozen dataclass. Fix: @dataclass"),
        (NoDataclass, "the settings of locker are no frozen dataclass. Fix: @dataclass"),
        (OfAnotherKind, "have urls, which is none of these. Fix: make it one of str, int, float, bool, Secret"),
        (OfAnotherName, "have 'Url'. Fix: use lower-case letters"),
        (DefaultOfAnotherKind, "have another default for attempts than a whole number, such as 5"),
        (SecretInPlainText, "have a default for the secret key. Fix: take the default out"),
    ],
)
def test_a_class_that_cannot_be_a_services_settings_is_refused_where_it_is_declared(
    settings: type[Any], reason: str
) -> None:
    with pytest.raises(ServiceMisdeclared, match=reason):
        replace(LOCKER, settings=settings)


@pytest.mark.parametrize(
    ("kind", "accepted", "refused"),
    [
        (str, ["", "5"], [5, True, None]),
        (int, [5, -1], ["5", 5.0, True]),
        (float, [5, 5.5], ["5", True]),
        (bool, [True, False], [1, "true"]),
        (Secret, ["4242"], [4242, True, Secret.known("4242")]),
    ],
)
def test_a_setting_takes_values_of_its_kind_and_no_others(kind: type, accepted: list[Any], refused: list[Any]) -> None:
    setting = Setting("field", kind)

    assert [value for value in accepted + refused if setting.accepts(value)] == accepted


@pytest.mark.parametrize("value", ["", " a text", 5, -1, 2.5, 1e-9, True, False])
def test_a_value_comes_back_from_its_environment_variable_as_it_was(value: Any) -> None:
    read = Setting("field", type(value)).read(written(value))

    assert (read, type(read)) == (value, type(value))


def test_a_secret_shows_its_value_to_nobody_who_does_not_ask_for_it() -> None:
    secret = Secret("ssm:/dev/locker/key", lambda _: "4242")

    assert secret.value() == "4242"
    for shown in (repr(secret), str(secret), f"{secret}", repr(Settings("", secret)), repr([secret])):
        assert "4242" not in shown
        assert "ssm:/dev/locker/key" in shown
    assert not hasattr(secret, "__dict__")


def test_a_secret_is_read_when_it_is_asked_for_and_once() -> None:
    read: list[str] = []
    secret = Secret("ssm:/dev/locker/key", lambda reference: read.append(reference) or "4242")  # type: ignore[func-returns-value]

    assert read == []
    assert [secret.value(), secret.value()] == ["4242", "4242"]
    assert read == ["ssm:/dev/locker/key"]


def test_a_read_that_failed_is_done_again_at_the_next_call() -> None:
    values: list[str] = []
    secret = Secret("ssm:/dev/locker/key", lambda _: values[0])
    with pytest.raises(IndexError):
        secret.value()
    values.append("4242")
    assert secret.value() == "4242"


def test_a_permission_that_lacks_a_comma_or_a_resource_is_refused() -> None:
    text: Any = "s3:GetObject"
    with pytest.raises(ServiceMisdeclared, match=r'needs a comma: actions=\("s3:GetObject",\)'):
        Permission(text, ("*",))
    with pytest.raises(ServiceMisdeclared, match="has no resources"):
        Permission(("s3:GetObject",), ())
    alone: Any = Permission(("s3:GetObject",), ("arn:aws:s3:::parcels/1",))
    with pytest.raises(ServiceMisdeclared, match="permissions of locker need a comma"):
        replace(LOCKER, permissions=alone)


@pytest.mark.parametrize(
    ("actions", "resources", "what"),
    [(("s3:GetObject",), ("arn:aws:s3:::parcels/1", "*"), "resources"), (("*",), ("arn:aws:s3:::parcels",), "actions")],
)
def test_a_permission_for_all_says_why(actions: tuple[str, ...], resources: tuple[str, ...], what: str) -> None:
    for why in ("", " "):
        with pytest.raises(ServiceMisdeclared, match=rf'for all {what}: "\*". Fix: name them, or say why="..."'):
            Permission(actions, resources, why)

    assert Permission(actions, resources, why="AWS knows no narrower one").why
