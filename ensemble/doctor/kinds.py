"""The words in which a type of resource is looked at: what reads it, which properties are compared, what mends them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore import xform_name

from ensemble.doctor.expected import Expected

Read = Mapping[str, Any]
"""The properties of a resource as AWS has them, by CloudFormation's names; one that is missing has its default."""

ClientOf = Callable[[str], Any]


class _NotTold:
    """Stands for a value that an answer should have, and has not."""


NOT_TOLD: Final = _NotTold()


@dataclass(frozen=True, slots=True)
class Call:
    """A request of AWS's API that mends something. `operation`: as the API calls it, such as `EnableRule`."""

    service: str
    operation: str
    arguments: Mapping[str, Any]

    @property
    def command(self) -> str:
        """The same for the AWS CLI (AWS CLI User Guide, "Specifying parameter values")."""
        words = ["aws", self.service, xform_name(self.operation, "-")]
        for name, value in self.arguments.items():
            option = f"--{xform_name(name, '-')}"
            if isinstance(value, bool):
                words.append(option if value else option.replace("--", "--no-", 1))
            else:
                words += [option, value if isinstance(value, str) else json.dumps(value)]
        return shlex.join(words)


Mend = Callable[[Expected, Read], Call]


@dataclass(frozen=True, slots=True)
class Property:
    """A property that is compared. `means`: what comes of another value, as a sentence.

    `default`: what is there where the template says nothing. `of`: what the template says of it, where that is not its
    property of this name. `mend`: the request that makes it right, given the resource and what was read; None where a
    deployment is needed. `is_secret`: its values are not shown.
    """

    name: str
    means: str
    default: Any = None
    of: Callable[[Expected], Any] | None = None
    mend: Mend | None = None
    is_secret: bool = False

    def wanted(self, one: Expected) -> Any:
        """Return what the template says."""
        return one.properties.get(self.name, self.default) if self.of is None else self.of(one)


@dataclass(frozen=True, slots=True)
class Look:
    """One request, and the properties that its answer tells. `read` returns None where the resource is not there."""

    read: Callable[[ClientOf, Expected], Read | None]
    properties: tuple[Property, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of resource. `noun`: what it is called. `gone`: what comes of it when there is none, as a sentence."""

    type: str
    noun: str
    gone: str
    looks: tuple[Look, ...]


def told(answer: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return members that every answer of AWS has; one that this has not is not known, and no difference."""
    return {name: answer.get(name, NOT_TOLD) for name in names}


def there(answer: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return members that an answer has only where they are set."""
    return {name: answer[name] for name in names if answer.get(name) not in (None, "", [], {})}
