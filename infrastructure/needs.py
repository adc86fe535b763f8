"""What a service gets in one stage for what it declares to need: of the CDK's context, of `app.py`, or its default, in
this order."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk

from ensemble.contracts.findings import Finding
from functions.kit.model import Service
from functions.kit.needs import Setting, written
from infrastructure.concurrency import fitting
from infrastructure.configuration import LIMITS, Configuration, ServiceConfiguration
from infrastructure.errors import NeedsRefused
from infrastructure.intrinsics import arn
from infrastructure.permissions import Statement, allow

APP = "app.py"
"""Where the stages get their arguments."""

STORES = ("ssm:", "secretsmanager:")
"""What the reference to a secret begins with."""

OF_AWS = "CodeDeployDefault."
PREFERENCES = (
    "LambdaAllAtOnce",
    *(f"LambdaCanary10Percent{minutes}Minutes" for minutes in (5, 10, 15, 30)),
    "LambdaLinear10PercentEvery1Minute",
    *(f"LambdaLinear10PercentEvery{minutes}Minutes" for minutes in (2, 3, 10)),
)
"""The deployment configurations that AWS has (AWS CodeDeploy User Guide, "Working with deployment configurations")."""

TIMEOUT_SECONDS = 30
"""Of a consumer that asks for no other."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What the consumer of a service gets: variables of its environment, statements of its role, and its numbers.

    `moves_counters`: whether its decisions move counters or totals. `maximum_concurrency`: for each of its queues.
    """

    variables: Mapping[str, str]
    statements: tuple[Statement, ...]
    memory_megabytes: int
    timeout_seconds: int
    maximum_concurrency: int
    moves_counters: bool = False
    canary: str | None = None


def needs_of(
    services: Sequence[Service],
    stage: str,
    beginning: str,
    configuration: Configuration,
    context: Mapping[str, Any],
    counting: Collection[str] = (),
) -> dict[str, Needs]:
    """Return what each service gets in a stage, by its name.

    `beginning`: what the stage's names in AWS begin with. `context`: the CDK's, in which `<service>.<field>`
    has the value of one setting. `counting`: the services that move counters. Raises NeedsRefused with each value that
    is missing, wrong or unknown.
    """
    known = [service.name for service in services]
    problems = [
        Finding(
            APP,
            f"{stage} configures the service {name!r}, and there is none",
            f"name one of {', '.join(known)}, or take it out",
        )
        for name in configuration.services
        if name not in known
    ]
    chosen = {
        service.name: _Choice(service, stage, beginning, configuration, context, service.name in counting)
        for service in services
    }
    problems += [problem for choice in chosen.values() for problem in choice.problems()]
    if problems:
        raise NeedsRefused(*problems)
    return {name: choice.needs() for name, choice in chosen.items()}


class _Choice:
    """The values of one service in one stage, as they are given."""

    def __init__(
        self,
        service: Service,
        stage: str,
        beginning: str,
        configuration: Configuration,
        context: Mapping[str, Any],
        moves_counters: bool,
    ) -> None:
        self._service, self._stage, self._beginning = service, stage, beginning
        self._of_all, self._moves_counters = configuration, moves_counters
        self._own = configuration.services.get(service.name, ServiceConfiguration())
        self._settings = {setting.name: setting for setting in service.declared_settings}
        prefix = f"{service.name}."
        self._context = {key.removeprefix(prefix): context[key] for key in context if key.startswith(prefix)}

    def needs(self) -> Needs:
        """Return what the service gets, once there are no problems."""
        values = {one.variable: self._value(one) for one in self._settings.values()}
        of_stage = self._of_all.maximum_concurrency
        workers = fitting(self._service, of_stage, moves_counters=self._moves_counters)
        references = [str(values[one.variable]) for one in self._settings.values() if one.is_secret]
        return Needs(
            variables={name: written(value) for name, value in values.items()},
            statements=(
                *(_permitted(one.actions, one.resources, self._beginning) for one in self._service.permissions),
                *_reading(references, self._own.kms_keys),
            ),
            memory_megabytes=self._number("memory_megabytes", self._of_all.memory_megabytes),
            timeout_seconds=self._number("timeout_seconds", TIMEOUT_SECONDS),
            maximum_concurrency=self._number("maximum_concurrency", workers),
            moves_counters=self._moves_counters,
            canary=self._own.canary or self._of_all.canary,
        )

    def problems(self) -> Iterator[Finding]:
        """Yield what is missing, wrong or unknown. No finding holds the value of a secret."""
        yield from self._unknown()
        for setting in self._settings.values():
            yield from self._wrong_secret(setting) if setting.is_secret else self._wrong_setting(setting)
        for name, (least, most) in LIMITS.items():
            number = self._number(name, least)
            if not least <= number <= most:
                is_own = getattr(self._own, name) is None
                place = f"functions/{self._service.name}/service.py" if is_own else APP
                problem = f"{name} of {self._service.name} is {number!r} in {self._stage}"
                yield Finding(place, problem, f"take {least:,} to {most:,}")

        yield from self._wrong_canary()

    def _wrong_canary(self) -> Iterator[Finding]:
        canary = self._own.canary or self._of_all.canary
        if canary is not None and canary.startswith(OF_AWS) and canary.removeprefix(OF_AWS) not in PREFERENCES:
            yield self._finding(
                f"the canary of {self._service.name} is {canary!r}, which is no deployment configuration of AWS's",
                f"take {OF_AWS} with one of {', '.join(PREFERENCES)}, or the name of your own",
            )

    def _unknown(self) -> Iterator[Finding]:
        given = {"settings": self._own.settings, "secrets": self._own.secrets, "context": self._context}
        for kind, values in given.items():
            for name in values:
                setting = self._settings.get(name)
                if setting is None:
                    known, place = ", ".join(self._settings) or "none", f"functions/{self._service.name}/settings.py"
                    problem = f"{self._service.name} has no setting {name!r} ({kind} in {self._stage}); it has {known}"
                    yield Finding(APP, problem, f"take it out, or add it to {place}")
                elif kind != "context" and setting.is_secret != (kind == "secrets"):
                    yield self._finding(
                        f"{name} of {self._service.name} is a {setting.noun}, and stands among the {kind}",
                        _move(setting),
                    )

    def _wrong_setting(self, setting: Setting) -> Iterator[Finding]:
        what = f"the setting {setting.name} of {self._service.name}"
        try:
            value = self._value(setting)
        except ValueError:
            yield self._finding(
                f"{what} is {self._context[setting.name]!r} in the context", f"give {setting.description}"
            )
            return
        if value is None:
            yield self._finding(f"{what} has no value", self._addition(setting))
        elif not setting.accepts(value):
            yield self._finding(f"{what} is {value!r}", f"make it {setting.description}")

    def _wrong_secret(self, setting: Setting) -> Iterator[Finding]:
        reference = self._value(setting)
        if not isinstance(reference, str) or not reference.startswith(STORES) or reference in STORES:
            yield self._finding(
                f"the secret {setting.name} of {self._service.name} is given in plain text, or by no reference",
                f'put its value in Parameter Store, and write "{self._default_reference(setting)}" here, or nothing',
            )

    def _value(self, setting: Setting) -> Any:
        """Return what is given for a setting, or its default. Raises ValueError for a text that is none of its kind."""
        if setting.name in self._context:
            value = self._context[setting.name]
            return setting.read(value) if isinstance(value, str) and not setting.is_secret else value
        if setting.is_secret:
            return self._own.secrets.get(setting.name, self._default_reference(setting))
        return self._own.settings.get(setting.name, setting.default)

    def _default_reference(self, setting: Setting) -> str:
        return f"ssm:/{self._beginning}/{self._service.name}/{setting.name}"

    def _number(self, name: str, default: int) -> int:
        """Return a number as `app.py` says it for the service, else as the service does, else the default."""
        of_service: int | None = getattr(self._service, name)
        given: int | None = getattr(self._own, name)
        return next(one for one in (given, of_service, default) if one is not None)

    def _addition(self, setting: Setting) -> str:
        example = setting.example.capitalize() if setting.kind is bool else setting.example
        name, value = self._service.name, f'"{setting.name}": {example}'
        if name in self._of_all.services:
            return f"to the settings of {name} in {self._stage} add {value}"
        return (
            f"to the Configuration of {self._stage} add "
            f'services={{"{name}": ServiceConfiguration(settings={{{value}}})}}, '
            f"and import {ServiceConfiguration.__name__} from {ServiceConfiguration.__module__}"
        )

    def _finding(self, problem: str, fix: str) -> Finding:
        return Finding(APP, f"{problem} in {self._stage}", fix)


def _move(setting: Setting) -> str:
    if setting.is_secret:
        return "take its value out, and write a reference to it among the secrets, or nothing"
    return "write it among the settings"


def _permitted(actions: Sequence[str], resources: Sequence[str], beginning: str) -> Statement:
    named = [resource.replace("${Stage}", beginning) for resource in resources]
    return allow(actions, [cdk.Fn.sub(one) if "${" in one else one for one in named])


def _reading(references: Sequence[str], kms_keys: Sequence[str]) -> Iterator[Statement]:
    """Yield leave to read these secrets and no others, and to decrypt what is encrypted by a key of one's own: the
    keys that AWS manages need none (AWS Systems Manager User Guide, "Restricting access to Parameter Store parameters
    using IAM policies")."""
    parameters = [one.removeprefix("ssm:") for one in references if one.startswith("ssm:")]
    secrets = [one.removeprefix("secretsmanager:") for one in references if one.startswith("secretsmanager:")]
    if parameters:
        yield allow(["ssm:GetParameter"], [arn("ssm", f"parameter/{one.removeprefix('/')}") for one in parameters])
    if secrets:
        yield allow(["secretsmanager:GetSecretValue"], list(map(_secret_arn, secrets)))
    if kms_keys:
        yield allow(["kms:Decrypt"], kms_keys)


def _secret_arn(secret: str) -> str:
    """The ARN of a secret, whose end AWS adds: six characters (AWS Secrets Manager User Guide, "Secret ARN")."""
    return secret if secret.startswith("arn:") else arn("secretsmanager", f"secret:{secret}-??????")
