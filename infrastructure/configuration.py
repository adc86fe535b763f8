"""What may differ between two stages. All else is the same in each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import aws_cdk as cdk

from functions.kit.needs import LONGEST_TIMEOUT_SECONDS, SHORTEST_TIMEOUT_SECONDS, Value
from infrastructure.door import FrontDoor
from infrastructure.errors import StageRefused

ACCOUNT = re.compile(r"[0-9]{12}")
PRINCIPAL = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:(role|user)/\S+")
SUBSCRIBER = re.compile(r"[^@\s]+@[^@\s]+|https://\S+")

LIMITS = {
    "memory_megabytes": (128, 10_240),  # AWS Lambda API Reference, CreateFunction
    "timeout_seconds": (SHORTEST_TIMEOUT_SECONDS, LONGEST_TIMEOUT_SECONDS),
    "maximum_concurrency": (2, 1_000),  # AWS Lambda API Reference, ScalingConfig
}
"""The least and the most of each number that a service, or a stage, may ask for."""

TRACING = {"active": "Active", "pass-through": "PassThrough"}
"""How a stage may be traced, with Lambda's words for it (AWS Lambda API Reference, TracingConfig)."""

CLIENTS = ("kit", "botocore")
"""What functions may ask AWS by."""

LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545),
    *(731, 1_096, 1_827, 2_192, 2_557, 2_922, 3_288, 3_653),
)
"""What CloudWatch Logs takes (Amazon CloudWatch Logs API Reference, PutRetentionPolicy)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceConfiguration:
    """What one service gets in a stage.

    `settings`: values of the fields of its `Settings`. `secrets`: where the value of a secret is kept, if not in the
    parameter `/<prefix>-<stage>/<service>/<field>`: `ssm:<name>` or `secretsmanager:<name or ARN>`. `kms_keys`: the
    ARNs of the keys of your own that encrypt them. `memory_megabytes`, `timeout_seconds`, `maximum_concurrency`: of its
    consumer; None: as the service declares, or else as all of the stage. `canary`: as of all
    services, for this one.
    """

    settings: Mapping[str, Value] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    kms_keys: Sequence[str] = ()
    memory_megabytes: int | None = None
    timeout_seconds: int | None = None
    maximum_concurrency: int | None = None
    canary: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The arguments of a stage.

    `account` and `region`: where it may be deployed; None is where the credentials lead. `protected`: whether it is
    one that must not be lost: its stacks refuse their deletion, and its tables, archive and whatever else holds what
    cannot be made again survive it. `memory_megabytes`: of each function; its share of a CPU follows it.
    `log_retention_days`: one of the values that CloudWatch Logs takes. `archive_days`: how far back events can be
    replayed. `maximum_concurrency`: of the consumer, for each queue (2 to 1000), where the service asks for no other
    and does nothing that fewer fit better (`infrastructure/concurrency.py`). `account_concurrency`: how many
    functions the account lets run at once, its quota of Lambda's "Concurrent executions", or what of it is this
    stage's. `services`: what a service gets, by its name. `alarm_subscribers`: who hears of alarms, by e-mail address
    or by an https URL. `canary`: how CodeDeploy moves every consumer to its new version, by the name of a deployment
    configuration, such as `CodeDeployDefault.LambdaCanary10Percent5Minutes`; None: at once, by CloudFormation.
    `tracing`: "active": Lambda records some of the invocations with X-Ray; "pass-through": it records none, which costs
    nothing, and hands on what others trace. `front_door`: who may send commands by an API, and how fast; None: there is
    none, and commands are put on the bus. `customer_keys`: whether each stack encrypts what it keeps and carries by a
    key of the account's own, in the place of the keys that AWS owns. `audit_days`: for how many days it is kept who
    read or wrote a table or a topic, by CloudTrail's data events; None: nobody pays for them.
    `aws_client`: what functions ask AWS by, the kit's own client or botocore's, which takes more than twice the CPU.
    `replayers`: ARNs of the roles or users that may put stored events on the replay bus, by `ensemble replay`.
    Raises StageRefused.
    """

    account: str | None = None
    region: str | None = None
    protected: bool
    memory_megabytes: int
    log_retention_days: int
    archive_days: int
    maximum_concurrency: int
    account_concurrency: int = 1_000
    services: Mapping[str, ServiceConfiguration] = field(default_factory=dict)
    alarm_subscribers: Sequence[str] = ()
    canary: str | None = None
    tracing: Literal["active", "pass-through"] = "active"
    front_door: FrontDoor | None = None
    customer_keys: bool = False
    audit_days: int | None = None
    replayers: Sequence[str] = ()
    aws_client: Literal["kit", "botocore"] = "kit"

    def __post_init__(self) -> None:
        for complaint in (*self._of_choices(), *self._of_place(), *self._of_subscribers()):
            raise StageRefused(f"app.py: {complaint}")

    def _of_choices(self) -> Iterator[str]:
        for name in ("memory_megabytes", "maximum_concurrency"):
            number, (least, most) = getattr(self, name), LIMITS[name]
            if not least <= number <= most:
                yield f"the {name} of a stage is {number!r}. Fix: take {least:,} to {most:,}"
        if self.tracing not in TRACING:
            yield f"the tracing of a stage is {self.tracing!r}. Fix: take one of {', '.join(map(repr, TRACING))}"
        if self.aws_client not in CLIENTS:
            yield f"the aws_client of a stage is {self.aws_client!r}. Fix: take one of {', '.join(map(repr, CLIENTS))}"
        if self.front_door is not None:
            yield from self.front_door.complaints()
        if self.log_retention_days not in LOG_RETENTION_DAYS:
            days = ", ".join(map(str, LOG_RETENTION_DAYS))
            yield f"the log_retention_days of a stage are {self.log_retention_days!r}. Fix: take one of {days}"

    def _of_place(self) -> Iterator[str]:
        if (self.account is None) != (self.region is None):
            yield f"a stage has account {self.account} and region {self.region}: say both, or neither"
        if self.account is not None and not ACCOUNT.fullmatch(self.account):
            yield f"{self.account!r} is no AWS account: it is a text of 12 digits"

    def _of_subscribers(self) -> Iterator[str]:
        for principal in self.replayers:
            if not PRINCIPAL.fullmatch(principal):
                yield f"{principal!r} cannot replay events: write the ARN of a role or a user of IAM"
        for endpoint in self.alarm_subscribers:
            if not SUBSCRIBER.fullmatch(endpoint):
                yield f"{endpoint!r} cannot hear of alarms: write an e-mail address or an https URL"
        if self.protected and not self.alarm_subscribers:
            yield (
                "nobody would hear of the alarms of a protected stage. "
                'Fix: alarm_subscribers=["<e-mail address or https URL>"]'
            )

    @property
    def removal_policy(self) -> cdk.RemovalPolicy:
        """What becomes of a resource that holds data when it is taken out of its stack, or its stack deleted.

        Kept, unless its own creation failed: it would bar the next deployment by its name (AWS CloudFormation User
        Guide, "DeletionPolicy attribute", RetainExceptOnCreate). A table stays even then: it is itself protected.
        """
        return cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if self.protected else cdk.RemovalPolicy.DESTROY
