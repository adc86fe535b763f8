"""What may differ between two environments. All else is the same in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import aws_cdk as cdk

from functions.kit.needs import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceConfiguration:
    """What one service gets in an environment.

    `settings`: values of the fields of its `Settings`. `secrets`: where the value of a secret is kept, if not in the
    parameter `/<stage>/<service>/<field>`: `ssm:<name>` or `secretsmanager:<name or ARN>`. `kms_keys`: the ARNs of the
    keys of your own that encrypt them. `memory_megabytes`, `timeout_seconds`, `maximum_concurrency`: of its consumer;
    None: as the service declares, or else as all of the environment.
    """

    settings: Mapping[str, Value] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    kms_keys: Sequence[str] = ()
    memory_megabytes: int | None = None
    timeout_seconds: int | None = None
    maximum_concurrency: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The arguments of an environment.

    `memory_megabytes`: of each function; its share of a CPU follows it. `log_retention_days`: one of the values
    that CloudWatch Logs takes. `archive_days`: how far back events can be replayed. `maximum_concurrency`: of
    the consumer, for each queue (2 to 1000). `keeps_data`: whether tables, the archive and whatever else holds
    what cannot be made again survive the deletion of their stack. `services`: what a service gets, by its name.
    """

    memory_megabytes: int
    log_retention_days: int
    archive_days: int
    maximum_concurrency: int
    keeps_data: bool
    services: Mapping[str, ServiceConfiguration] = field(default_factory=dict)

    @property
    def removal_policy(self) -> cdk.RemovalPolicy:
        """What becomes of a resource that holds data when it is taken out of its stack."""
        return cdk.RemovalPolicy.RETAIN if self.keeps_data else cdk.RemovalPolicy.DESTROY
