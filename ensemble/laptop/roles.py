"""IAM: the roles that functions, their event source mappings and EventBridge act by, and which calls each has made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ensemble.aws.account import Account
from ensemble.aws.errors import AwsError
from ensemble.aws.policies import Keys, Statement, permits
from ensemble.laptop.answers import Answer, json_error, xml_error
from ensemble.laptop.asked import Asked, asked_of

EVENT_TYPE = "events:detail-type"

LOGGING = ("logs:CreateLogStream", "logs:PutLogEvents")
TRACING = ("xray:PutTraceSegments", "xray:PutTelemetryRecords")
"""What Lambda itself does by the role of a function (AWS Lambda Developer Guide, "Sending Lambda function logs to
CloudWatch Logs" and "Visualize Lambda function invocations using AWS X-Ray")."""


@dataclass(eq=False)
class Role:
    """A role: its name, what its policies say, and whether it also has policies that the templates do not hold."""

    name: str
    statements: list[Statement] = field(default_factory=list)
    has_others: bool = False
    _answers: dict[Hashable, bool] = field(default_factory=dict)

    def grant(self, statements: Iterable[Statement]) -> None:
        """Add statements of its policies."""
        self.statements.extend(statements)
        self._answers.clear()

    def lets(self, action: str, resource: str, keys: Keys | None = None) -> bool:
        """Return whether it may make a call: a workflow asks the same few questions again and again."""
        if self.has_others:
            return True
        asked = (action, resource, tuple((key, *values) for key, values in keys.items()) if keys else ())
        if asked not in self._answers:
            self._answers[asked] = permits(self.statements, action, resource, keys)
        return self._answers[asked]


class Call(NamedTuple):
    """A call that a role has made; `about`: the event's type where it puts one."""

    role: str
    action: str
    resource: str
    about: str = ""


class Roles:
    """The roles of the templates, by ARN. Who acts by none of them, or by one with other policies, is not checked.

    `calls`: how often each was made. `refused`: those that were refused.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self.by_arn: dict[str, Role] = {}
        self.calls: Counter[Call] = Counter()
        self.refused: Counter[Call] = Counter()

    def permit(self, arn: str, action: str, resource: str, keys: Keys | None = None) -> bool:
        """Return whether the role may make the call, and count it."""
        role = self.by_arn.get(arn)
        if role is None:
            return True
        about = (keys or {}).get(EVENT_TYPE, [""])[0]
        may = role.lets(action, resource, keys)
        (self.calls if may else self.refused)[Call(role.name, action, resource, about)] += 1
        return may

    def may(self, arn: str, action: str, resource: str) -> bool:
        """Return whether the role may make such a call."""
        role = self.by_arn.get(arn)
        return role is None or role.lets(action, resource)

    def refusal(self, arn: str, function: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
        """Return what AWS answers a request that the role of a function does not let it make; None if it does."""
        if arn not in self.by_arn:
            return None
        for asked in asked_of(self._account, headers, body):
            if not self.permit(arn, asked.action, asked.resource, asked.keys):
                return _denied(self._account, self.by_arn[arn].name, function, asked, headers)
        return None


def _denied(account: Account, role: str, function: str, asked: Asked, headers: Mapping[str, Any]) -> Answer:
    """Return the answer, in the words of AWS (IAM User Guide, "Troubleshoot access denied error messages")."""
    user = f"arn:{account.partition}:sts::{account.account_id}:assumed-role/{role}/{function}"
    message = (
        f"User: {user} is not authorized to perform: {asked.action} on resource: {asked.resource} "
        f"because no identity-based policy allows the {asked.action} action"
    )
    if "x-amz-target" not in headers:
        return xml_error(AwsError("AuthorizationError", message, 403))
    return json_error(AwsError("AccessDeniedException", message))
