"""What is known of a resource type: how one is named and referred to, what of it is run or listed, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ensemble.aws.account import Account

CONTROL_PLANE = "nothing here looks at it"
ONE_ACCOUNT = "who calls is not checked, but for functions and rules by their roles, and services by resource policies"
ENCRYPTION = "nothing is encrypted; whom a key lets in is decided where EventBridge and CloudWatch write"
OBSERVABILITY = "of CloudWatch there are log lines, and the metrics and alarms that are listed as run"
ONE_AT_A_TIME = "one invocation runs at a time"
ONE_VERSION = "a function is run as it is now, and an alias stands for it"
DELETION = "everything goes when the process ends"

ValueOf = Callable[[Account, str, str], str]
"""Makes a value of the account, the resource's name and the name of what it is in, such as a rule's bus."""


@dataclass(frozen=True, slots=True)
class Type:
    """A resource type. One is named by `<stack>-<logical id>` where it does not ask for a name by `named_by`.

    `properties` are run; those that are `listed` are not, each with why. `passed_on`: of those that are run, the ones
    in which a value that only a deployment knows does no harm: it is passed on as a text, or equals nothing that it is
    compared with. `why_not`: why none is run; empty where they are.

    `ending`: what the name that is made ends with, by the property that asks for it. `word`: what people call one.
    `carries`: whether it brings events or messages from one resource to another.
    `within`: the property that names what it is in, which is `default` where it has none.
    `reference`: what `Ref` gives where it is not the name. `attributes`: what `Fn::GetAtt` gives; None: neither is
    known (CloudFormation template reference, "Return values" of each type).
    """

    properties: frozenset[str] = frozenset()
    listed: Mapping[str, str] = field(default_factory=dict)
    passed_on: frozenset[str] = frozenset()
    why_not: str = ""
    word: str = ""
    named_by: str = ""
    within: str = "EventBusName"
    reference: ValueOf | None = None
    attributes: Mapping[str, ValueOf] | None = None
    ending: Mapping[str, str] = field(default_factory=dict)
    carries: bool = False

    def attribute(self, attribute: str, account: Account, name: str, within: str) -> str:
        """Return what `Fn::GetAtt` gives. Raises KeyError for what it does not."""
        return (self.attributes or {})[attribute](account, name, within)

    def arn(self, account: Account, name: str, within: str) -> str:
        """Return the ARN of one; nothing where the type has none."""
        attributes = self.attributes or {}
        made = attributes.get("Arn") or attributes.get("TopicArn")
        return made(account, name, within) if made else ""


def run(
    properties: str,
    passed_on: str = "",
    *,
    word: str = "",
    named_by: str = "",
    within: str = "EventBusName",
    reference: ValueOf | None = None,
    attributes: Mapping[str, ValueOf] | None = None,
    ending: Mapping[str, str] | None = None,
    carries: bool = False,
    **listed: str,
) -> Type:
    """Return a type that is run, with these properties."""
    not_run = {"Tags": CONTROL_PLANE} | listed
    one, other = frozenset(properties.split()), frozenset(passed_on.split())
    return Type(one, not_run, other, "", word, named_by, within, reference, attributes, ending or {}, carries)


def listed(
    why_not: str,
    *,
    named_by: str = "",
    reference: ValueOf | None = None,
    attributes: Mapping[str, ValueOf] | None = None,
    carries: bool = False,
) -> Type:
    """Return a type that is not run, and why. Of one that carries events each resource is listed, not the type."""
    return Type(why_not=why_not, named_by=named_by, reference=reference, attributes=attributes, carries=carries)


def regional(service: str, prefix: str = "") -> ValueOf:
    """Return how to make the ARN of a regional resource."""
    return lambda account, name, _: account.arn(service, prefix + name)


def its_name(_account: Account, name: str, _within: str) -> str:
    """Return the name itself."""
    return name
