"""PutTargets and RemoveTargets: the targets of a rule, changed by EventBridge's API."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from ensemble.aws.errors import AwsError, PropertyUnsupported
from ensemble.aws.rule_limits import retry_faults
from ensemble.aws.rules import Rule
from ensemble.aws.targets import Target, target_of

MOST_TARGETS, MOST_ENTRIES = 5, 10
"""Of a rule, and of a request (Amazon EventBridge API Reference, PutTargets)."""

Request = dict[str, Any]

NOTHING_FAILED = {"FailedEntryCount": 0, "FailedEntries": []}
"""On AWS entries fail when too many requests come at one time (the same reference), which is not so here."""


class RuleTargets:
    """`rule_of` returns the rule that a request names. `left_out`: the ARNs of what templates have and is not run."""

    def __init__(self, rule_of: Callable[[Request, str], Rule], left_out: Collection[str]) -> None:
        self._rule_of, self._left_out = rule_of, left_out

    def put(self, request: Request) -> dict[str, Any]:
        """Answer PutTargets: a target with an id that the rule has takes the place of that one. Raises AwsError."""
        rule, targets = self._rule_of(request, "Rule"), _entries(request, "Targets")
        for target in targets:
            if target not in rule.listed_by_template:
                self._check(target)
        wanted = {one["Id"]: one for one in (*rule.listed, *targets)}
        if len(wanted) > MOST_TARGETS:
            raise AwsError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
        aim(rule, list(wanted.values()), self._left_out)
        return NOTHING_FAILED

    def remove(self, request: Request) -> dict[str, Any]:
        """Answer RemoveTargets: an id that the rule does not have is passed over. Raises AwsError."""
        rule, ids = self._rule_of(request, "Rule"), _entries(request, "Ids")
        aim(rule, [one for one in rule.listed if one["Id"] not in ids], self._left_out)
        return NOTHING_FAILED

    def _check(self, target: dict[str, Any]) -> None:
        """Raise AwsError for a target that AWS would refuse, and for one that is not run here."""
        if not target["Arn"].startswith("arn:"):
            reason = f"Parameter {target['Arn']} is not valid. Reason: Provided Arn is not in correct format."
            raise AwsError("ValidationException", reason)
        for fault in retry_faults(target):
            raise AwsError("ValidationException", f"1 validation error detected: {fault}")
        try:
            target_of(target, self._left_out)
        except PropertyUnsupported as why:
            raise AwsError("ValidationException", f"The laptop AWS does not run {target['Arn']}: {why}.") from why


def aim(rule: Rule, targets: list[dict[str, Any]], left_out: Collection[str]) -> None:
    """Give a rule these targets and no other; what its template has and is not run here is not run now either."""
    rule.put = targets
    rule.targets = [found for one in targets if (found := _running(one, left_out)) is not None]


def _running(target: dict[str, Any], left_out: Collection[str]) -> Target | None:
    try:
        return target_of(target, left_out)
    except PropertyUnsupported:
        return None


def _entries(request: Request, member: str) -> list[Any]:
    entries = list(request[member])
    if len(entries) > MOST_ENTRIES:
        reason = f"Value at '{member.lower()}' failed to satisfy constraint: at most {MOST_ENTRIES} entries"
        raise AwsError("ValidationException", f"1 validation error detected: {reason}")
    return entries
