"""What a service needs beside its reactions: settings, secrets, permissions. Pure: standard library only."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, get_type_hints

from functions.kit.errors import ServiceMisdeclared

NAME = re.compile(r"[a-z][a-z0-9_]*")
"""What a setting can be called: the name of its variable is made of it, and the name of a secret's parameter."""

Value = str | int | float | bool
"""What a setting can be set to."""

SHORTEST_TIMEOUT_SECONDS, LONGEST_TIMEOUT_SECONDS = 26, 900
"""Of a consumer: in the shorter, one record whose calls hang and another one can be handled (`RESERVED_MILLISECONDS`
of the consumer, twice); the longer is Lambda's (AWS Lambda Developer Guide, "Lambda quotas")."""


class Secret:
    """A text that stands in no template, log or message: only the reference to it does.

    As the type of a field of `Settings` it declares that the service needs a secret. `reference`: where the value is
    kept, `ssm:<name of a parameter>` or `secretsmanager:<name or ARN of a secret>`. `read` gives the value of one.
    """

    __slots__ = ("_read", "_value", "reference")

    def __init__(self, reference: str, read: Callable[[str], str]) -> None:
        self.reference = reference
        self._read = read
        self._value: str | None = None

    @classmethod
    def known(cls, value: str) -> Secret:
        """Return a secret of this value, for tests and simulations of an adapter."""
        return cls("known", lambda _: value)

    def value(self) -> str:
        """Return the value, read at the first call and kept. Raises SecretNotFound."""
        if self._value is None:
            self._value = self._read(self.reference)
        return self._value

    def __repr__(self) -> str:
        return f"Secret({self.reference!r})"


@dataclass(frozen=True, slots=True)
class Permission:
    """What the service's consumer may do in AWS beside what the kit needs: IAM actions on resources, by their ARNs.

    An ARN may hold `${AWS::Partition}`, `${AWS::Region}` and `${AWS::AccountId}` (AWS CloudFormation User Guide,
    "Pseudo parameters reference"), and `${Stage}`: what the names of the stage begin with.
    `why`: the reason for each star among its actions and resources, for cdk-nag and whoever reviews it.
    Raises ServiceMisdeclared when a text stands where a tuple is meant, when one of the two is empty, and when one has
    `*` alone and nobody says why.
    """

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    why: str = ""

    def __post_init__(self) -> None:
        for name, given in (("actions", self.actions), ("resources", self.resources)):
            if isinstance(given, str):
                raise ServiceMisdeclared(f'the permission needs a comma: {name}=("{given}",)')
            if not given:
                raise ServiceMisdeclared(f"a permission has no {name}. Fix: name at least one")
            if "*" in given and not self.why.strip():
                raise ServiceMisdeclared(f'a permission is for all {name}: "*". Fix: name them, or say why="..."')


@dataclass(frozen=True, slots=True)
class Setting:
    """A field of a service's `Settings`. `kind`: str, int, float, bool or Secret. `default`: None if it is required."""

    name: str
    kind: type
    default: Value | None = None

    KINDS: ClassVar[Mapping[type, tuple[str, str]]] = {
        str: ("a text", '"..."'),
        int: ("a whole number", "5"),
        float: ("a number", "5.0"),
        bool: ("a boolean", "true"),
        Secret: ("a text", '"..."'),
    }
    """What a field may be, each with how its values are called, and an example of one as TOML has it."""

    @property
    def is_secret(self) -> bool:
        """Whether it is a secret."""
        return self.kind is Secret

    @property
    def is_required(self) -> bool:
        """Whether somebody has to give it a value."""
        return self.default is None

    @property
    def variable(self) -> str:
        """The environment variable that holds its value, or the reference to the secret."""
        return f"{'SECRET' if self.is_secret else 'SETTING'}_{self.name.upper()}"

    @property
    def noun(self) -> str:
        """What it is called in messages."""
        return "secret" if self.is_secret else "setting"

    @property
    def example(self) -> str:
        """A value of it, as TOML has it."""
        return self.KINDS[self.kind][1]

    @property
    def description(self) -> str:
        """What a value of it is, in words, with an example."""
        return ", such as ".join(self.KINDS[self.kind])

    def accepts(self, value: object) -> bool:
        """Return whether the value is of its kind; of a secret it is a text."""
        if isinstance(value, bool):
            return self.kind is bool
        if self.kind is float:
            return isinstance(value, int | float)
        return isinstance(value, str if self.is_secret else self.kind)

    def read(self, text: str) -> Value:
        """Return the value that `written` made a text of. Raises ValueError."""
        if self.kind is bool:
            return {"true": True, "false": False}[text] if text in ("true", "false") else _no_bool(text)
        return self.kind(text)  # type: ignore[no-any-return]


def written(value: Value) -> str:
    """Return a setting's value as its environment variable holds it."""
    return value if isinstance(value, str) else json.dumps(value)


def settings_in(settings: type[Any] | None, service: str) -> tuple[Setting, ...]:
    """Return the fields of a service's `Settings`. Raises ServiceMisdeclared for a class that cannot be one."""
    if settings is None:
        return ()
    where = f"the settings of {service}"
    if not dataclasses.is_dataclass(settings) or not settings.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        raise ServiceMisdeclared(f"{where} are no frozen dataclass. Fix: @dataclass(frozen=True) above the class")
    kinds = get_type_hints(settings)
    return tuple(_setting(field, kinds[field.name], where) for field in dataclasses.fields(settings))


def _setting(field: dataclasses.Field[Any], kind: Any, where: str) -> Setting:
    name, default = field.name, field.default
    if kind not in Setting.KINDS:
        known = ", ".join(kind.__name__ for kind in Setting.KINDS)
        raise ServiceMisdeclared(f"{where} have {name}, which is none of these. Fix: make it one of {known}")
    if not NAME.fullmatch(name):
        raise ServiceMisdeclared(f"{where} have {name!r}. Fix: use lower-case letters, digits and _")
    if default is dataclasses.MISSING:
        return Setting(name, kind)
    if kind is Secret:
        raise ServiceMisdeclared(f"{where} have a default for the secret {name}. Fix: take the default out")
    if not Setting(name, kind).accepts(default):
        raise ServiceMisdeclared(f"{where} have another default for {name} than {Setting(name, kind).description}")
    return Setting(name, kind, default)


def _no_bool(text: str) -> bool:
    raise ValueError(f"{text!r} is neither true nor false")
