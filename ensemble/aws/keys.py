"""KMS: whom the keys of the templates let write what they encrypt. Nothing is encrypted here."""

from __future__ import annotations

from collections.abc import Sequence

from ensemble.aws.errors import DeliveryRefused
from ensemble.aws.policies import Keys, Statement, allows

NEEDED = ("kms:GenerateDataKey", "kms:Decrypt")
"""What a service needs of a key to write what it encrypts (Amazon SQS Developer Guide, "Configure KMS permissions for
AWS services"; Amazon EventBridge User Guide, "Authorizing EventBridge to use a customer managed key")."""


class KmsKeys:
    """The keys of the templates, by ARN. A key that is none of them, as those that AWS owns, lets all in."""

    def __init__(self) -> None:
        self.by_arn: dict[str, Sequence[Statement]] = {}

    def refuse(self, key: str, service: str, source_arn: str, context: Keys | None = None) -> None:
        """Raise DeliveryRefused when a key does not let a service write on behalf of a resource.

        `source_arn`: empty where the service names none. `context`: the encryption context, as condition keys.
        """
        for action in NEEDED if key in self.by_arn else ():
            if not self._lets(key, service, action, source_arn, context or {}):
                raise DeliveryRefused("NO_PERMISSIONS", f"the key {key} does not let {service} {action}")

    def _lets(self, key: str, service: str, action: str, source_arn: str, context: Keys) -> bool:
        account = source_arn.split(":")[4] if source_arn else ""
        return allows(
            self.by_arn[key],
            service=service,
            action=action,
            resource=key,
            source_arn=source_arn,
            account_id=account,
            keys=context,
        )
