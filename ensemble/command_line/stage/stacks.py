"""The stacks that are deployed, read from CloudFormation; nothing here changes any."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ensemble.command_line.stage.account import aws_answers

Json = dict[str, Any]

GONE = "DELETE_COMPLETE"
NEVER_MADE = ("REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED")
"""A stack in one of these has nothing that works: its first deployment did not begin, or failed."""


class CloudFormation(Protocol):
    """What is asked of CloudFormation (AWS CloudFormation API Reference)."""

    def describe_stacks(self, **arguments: str) -> Mapping[str, Any]: ...
    def get_template(self, **arguments: str) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Deployed:
    """A stack that is deployed. `is_protected`: against deletion."""

    name: str
    status: str
    is_protected: bool


class Stacks:
    """Asks CloudFormation which stacks there are, page by page."""

    def __init__(self, cloudformation: CloudFormation) -> None:
        self._cloudformation = cloudformation

    def named(self, names: Collection[str]) -> dict[str, Deployed]:
        """Return those of these names that are deployed. Raises AwsFailed."""
        with aws_answers():
            return {one.name: one for one in self._all() if one.name in names}

    def beginning_with(self, beginning: str, names: Collection[str]) -> list[Deployed]:
        """Return those that are deployed and have such a name, or one of these. Raises AwsFailed."""
        with aws_answers():
            return [one for one in self._all() if one.name.startswith(beginning) or one.name in names]

    def template(self, name: str) -> Json:
        """Return the template that a stack was deployed by, as it was handed in. Raises AwsFailed."""
        with aws_answers():
            body = self._cloudformation.get_template(StackName=name, TemplateStage="Original")["TemplateBody"]
        return dict(json.loads(body) if isinstance(body, str) else body)

    def _all(self) -> Iterator[Deployed]:
        """Yield every stack that is there (DescribeStacks without a name: all, in pages, without deleted ones)."""
        token: dict[str, str] = {}
        while True:
            page = self._cloudformation.describe_stacks(**token)
            for stack in page["Stacks"]:
                if stack["StackStatus"] not in (GONE, *NEVER_MADE):
                    protected = bool(stack.get("EnableTerminationProtection", False))
                    yield Deployed(stack["StackName"], stack["StackStatus"], protected)
            if not page.get("NextToken"):
                return
            token = {"NextToken": page["NextToken"]}
