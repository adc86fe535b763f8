"""What may differ between two environments. All else is the same in each."""

from __future__ import annotations

from dataclasses import dataclass

import aws_cdk as cdk


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The arguments of an environment.

    `memory_megabytes`: of each function; its share of a CPU follows it. `log_retention_days`: one of the values
    that CloudWatch Logs takes. `archive_days`: how far back events can be replayed. `maximum_concurrency`: of
    the consumer, for each queue (2 to 1000). `keeps_data`: whether tables, the archive and whatever else holds
    what cannot be made again survive the deletion of their stack.
    """

    memory_megabytes: int
    log_retention_days: int
    archive_days: int
    maximum_concurrency: int
    keeps_data: bool

    @property
    def removal_policy(self) -> cdk.RemovalPolicy:
        """What becomes of a resource that holds data when it is taken out of its stack."""
        return cdk.RemovalPolicy.RETAIN if self.keeps_data else cdk.RemovalPolicy.DESTROY
