"""Looks at each resource of a stage, and says what is otherwise than its template says and what is not known."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError

from ensemble.doctor.comparing import Difference, differences, policy
from ensemble.doctor.events import EVENTS
from ensemble.doctor.expected import Expected
from ensemble.doctor.functions import FUNCTIONS
from ensemble.doctor.kinds import NOT_TOLD, Call, ClientOf, Kind, Look, Property, Read
from ensemble.doctor.queues import QUEUES
from ensemble.doctor.tables import TABLES
from ensemble.doctor.watching import WATCHING

KINDS: Mapping[str, Kind] = {kind.type: kind for kind in (*EVENTS, *QUEUES, *FUNCTIONS, *TABLES, *WATCHING)}
"""How each type of resource is looked at."""

MISSING = (
    *("ResourceNotFoundException", "ResourceNotFound", "NotFound", "NotFoundException", "404"),
    *("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"),
)
"""The codes by which AWS says that there is no such thing."""

LONGEST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Drift:
    """One thing that is otherwise. `path`: the property and the path in it; empty where the resource is not there.

    `there`, `wanted`: as texts. `mend`: the request that makes it right; None where a deployment is needed.
    """

    resource: Expected
    noun: str
    path: str
    there: str
    wanted: str
    means: str
    mend: Call | None

    @property
    def name(self) -> str:
        """What people know the resource by."""
        return _named(self.resource)

    @property
    def sentence(self) -> str:
        """What is otherwise, and what comes of it."""
        about = f"{self.noun} {self.name}"
        if not self.path:
            return f"{about} is not there. {self.means}"
        return f"{about}: {self.path} is {self.there}, and the template says {self.wanted}. {self.means}"


@dataclass(frozen=True, slots=True)
class Report:
    """What was found. `unknown`: properties that were not told, by type, each with why. `looked_at`: resources by type.
    `others`: types that are not looked at, with how many there are."""

    drifts: tuple[Drift, ...]
    unknown: Mapping[tuple[str, str], str]
    looked_at: Mapping[str, int]
    others: Mapping[str, int]


NotRun = Mapping[str, Collection[str]]
"""By type, the properties that the laptop AWS passes over or sets itself."""


def look(resources: Iterable[Expected], client: ClientOf, not_run: NotRun = {}) -> Report:  # noqa: B006  # never changed
    """Look at all of them; nothing is changed. `client`: gives the client of one of AWS's services."""
    drifts, unknown = list[Drift](), dict[tuple[str, str], str]()
    looked_at, others = Counter[str](), Counter[str]()
    for one in resources:
        kind = KINDS.get(one.type)
        (looked_at if kind is not None else others)[one.type] += 1
        if kind is not None:
            drifts += _of_one(one, kind, client, not_run, unknown)
    return Report(tuple(drifts), unknown, looked_at, others)


def _of_one(
    one: Expected, kind: Kind, client: ClientOf, not_run: NotRun, unknown: dict[tuple[str, str], str]
) -> Iterator[Drift]:
    for number, view in enumerate(kind.looks):
        try:
            read = view.read(client, one)
        except EndpointConnectionError:
            raise
        except Exception as refused:  # whatever a stage, or an emulator, answers instead
            if not _is_missing(refused):
                names = [known.name for known in view.properties] or ["whether it is there"]
                unknown |= {(kind.type, name): _why(refused) for name in names}
                continue
            read = None if number == 0 else {}
        if read is None:
            yield Drift(one, kind.noun, "", "", "", kind.gone, None)
            return
        yield from _differing(one, kind, view, read, not_run.get(kind.type, ()), unknown)


def _differing(
    one: Expected, kind: Kind, view: Look, read: Read, not_run: Collection[str], unknown: dict[tuple[str, str], str]
) -> Iterator[Drift]:
    for known in view.properties:
        there, wanted = read.get(known.name, known.default), known.wanted(one)
        if known.name in not_run:
            unknown[kind.type, known.name] = "the laptop AWS has none, or its own"
        elif there is NOT_TOLD:
            unknown[kind.type, known.name] = "the answer does not tell it"
        elif wanted is not NOT_TOLD:
            found = list(differences(policy(there), policy(wanted)))
            if found:
                yield _drift(one, kind, known, read, found, (there, wanted))


def _drift(
    one: Expected, kind: Kind, known: Property, read: Read, found: Sequence[Difference], whole: tuple[Any, Any]
) -> Drift:
    """Return a property that is otherwise: by the path to the one difference, or as a whole."""
    path, there, wanted = found[0] if len(found) == 1 else ("", *whole)
    if known.is_secret:
        paths = ", ".join(path.rpartition(".")[2] for path, _, _ in found)
        path, there, wanted = found[0][0].rpartition(".")[0], f"otherwise in {paths}", "what is deployed with this tree"
    mend = None if known.mend is None else known.mend(one, read)
    return Drift(one, kind.noun, known.name + path, _shown(there), _shown(wanted), known.means, mend)


def _named(one: Expected) -> str:
    """Return what people know a resource by; what has no name by what it belongs to."""
    of = one.properties
    if one.type == "AWS::Lambda::EventSourceMapping":
        return f"{_last(of['FunctionName'])} with {_last(of['EventSourceArn'])}"
    for owner in ("Queues", "Topics"):
        if owner in of:
            return _last(of[owner][0])
    for owner in ("FunctionName", "TopicArn", "EventBusName"):
        if owner in of and one.name.endswith(one.logical_id):
            return f"{_last(of[owner])} ({one.logical_id})"
    return one.name


def _last(text: Any) -> str:
    """Return the name in an ARN or a URL; a stream's table."""
    name = str(text).partition("/stream/")[0]
    return name.rpartition("/")[2].rpartition(":")[2]


def _shown(value: Any) -> str:
    if value in (None, "", [], {}):
        return "not set"
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 3] + "..."


def _is_missing(refused: Exception) -> bool:
    if not isinstance(refused, ClientError):
        return False
    error = refused.response["Error"]
    return error["Code"] in MISSING


def _why(refused: Exception) -> str:
    if isinstance(refused, ClientError):
        return str(refused.response["Error"]["Code"])
    return type(refused).__name__
