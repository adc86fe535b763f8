"""The AWS account that the laptop plays: its region, its ARNs, and the names CloudFormation gives things in it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

STREAM_LABEL = "2026-01-01T00:00:00.000"
"""What tells a table's stream from others that the table has had: a time on AWS, and always the same one here."""


@dataclass(frozen=True, slots=True)
class Account:
    """One account in one region."""

    account_id: str = "000000000000"
    region: str = "eu-west-1"
    partition: str = "aws"
    url_suffix: str = "amazonaws.com"

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a regional resource."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"

    def queue_url(self, name: str) -> str:
        """Return a queue's URL."""
        return f"https://sqs.{self.region}.{self.url_suffix}/{self.account_id}/{name}"

    def stream_arn(self, table: str) -> str:
        """Return the ARN of a table's stream."""
        return self.arn("dynamodb", f"table/{table}/stream/{STREAM_LABEL}")

    def mapping_id(self, name: str) -> str:
        """Return the UUID of an event source mapping: the same one in each laptop."""
        return str(uuid5(NAMESPACE_URL, self.arn("lambda", f"event-source-mapping:{name}")))

    def rule_arn(self, bus: str, name: str) -> str:
        """Return a rule's ARN; one on the default bus does not name the bus (EventBridge API, PutRule)."""
        return self.arn("events", f"rule/{name}" if bus == "default" else f"rule/{bus}/{name}")
