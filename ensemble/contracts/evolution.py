"""Which change of a schema may go out: what no consumer that is deployed, and no event on its way, is hurt by.

Every rule answers with findings: the file, whom it harms and what to do. No finding is leave to go.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from importlib import import_module
from itertools import combinations, pairwise
from math import inf
from typing import Any

from ensemble.contracts.consumers import harmed, hearing
from ensemble.contracts.containment import Answer, Containment, accepts, closed, contained
from ensemble.contracts.examples import examples
from ensemble.contracts.findings import Finding
from ensemble.contracts.loading import LIFECYCLE
from ensemble.contracts.profile import FORMATS, Json, with_bounds
from ensemble.contracts.reads import projection
from ensemble.contracts.schemas import Schemas, detail_schema, fields, major_of, upcaster_file
from functions.kit.model import EVERY_EVENT, Service

Upcast = Callable[[dict[str, Any]], dict[str, Any]]


def violations(schemas: Schemas, services: Sequence[Service]) -> list[Finding]:
    """Return every reason why the schemas must not go out as they are; what follows from one is left out."""
    return [*incompatible(schemas, services)] or [
        *misfitting_upcasts(schemas, services),
        *unsupplied(schemas, services),
        *unmarked(schemas, services),
        *unsubjected(schemas),
    ]


def incompatible(schemas: Schemas, services: Sequence[Service]) -> Iterator[Finding]:
    """Yield each live minor version whose readers would refuse what an older one of its major version wrote.

    All pairs are compared, not only neighbours: that each reads the one before does not say that the last
    reads the first.
    """
    for event in sorted(schemas.versions):
        for older, newer in combinations(schemas.versions[event], 2):
            if major_of(older) == major_of(newer):
                answer = _reads_what_was_written(schemas, event, older, newer)
                if answer.answer is not Answer.YES:
                    yield _incompatible(schemas, services, event, older, newer, answer)
                    break


def _reads_what_was_written(schemas: Schemas, event: str, writer: str, reader: str) -> Containment:
    written, read = schemas.versions[event][writer], schemas.versions[event][reader]
    answer = contained(closed(with_bounds(written)), with_bounds(read), enforced_formats=FORMATS)
    if answer.answer is not Answer.NO:
        return answer
    # Where a number becomes an integer the bounds of all integers would be told as causes of their own.
    said = contained(closed(written), read, enforced_formats=FORMATS).findings
    causes = {(finding.path, finding.change) for finding in said}
    typed = tuple(finding for finding in answer.findings if (finding.path, finding.change) in causes)
    return replace(answer, findings=typed or answer.findings)


def _incompatible(
    schemas: Schemas, services: Sequence[Service], event: str, older: str, newer: str, answer: Containment
) -> Finding:
    changes = "; ".join(f"{finding.path}: {finding.change}" for finding in answer.findings)
    paths = [finding.path for finding in answer.findings]
    next_major = major_of(list(schemas.versions[event])[-1]) + 1
    doubt = f"{newer} cannot be shown to read" if answer.answer is Answer.UNKNOWN else f"{newer} does not read"
    return Finding(
        schemas.file(event, newer),
        f"{doubt} what {older} wrote, which is live: {changes}{_witness(answer)}. "
        f"Harmed: {harmed(services, event, paths)}",
        f"take the change back, or make it version {next_major}.0 with "
        f"{upcaster_file(schemas.publishers[event], event, next_major)}",
    )


def _witness(answer: Containment) -> str:
    if answer.answer is not Answer.NO:
        return ""
    return f" (refused: {json.dumps(answer.findings[0].witness, ensure_ascii=False)})"


def unmarked(schemas: Schemas, services: Sequence[Service]) -> Iterator[Finding]:
    """Yield each event whose newest version has a field without the mark `x-sensitive` that a live one has there."""
    for event, versions in sorted(schemas.versions.items()):
        *older, newest = versions
        marked = schemas.sensitive(event, newest)
        for version in reversed(older):
            lost = [
                path
                for path in schemas.sensitive(event, version)
                for kept, field in fields(versions[newest])
                if _is_within(kept, path) and not (_has_fields(field) or any(_is_within(kept, one) for one in marked))
            ]
            if lost:
                yield Finding(
                    schemas.file(event, newest),
                    f"{', '.join(dict.fromkeys(lost))} has lost the mark x-sensitive, which it has in {version}: it "
                    f"would be logged. Harmed: whom it is about, in what {_all_of(schemas, event, services)} log",
                    'write "x-sensitive": true there again',
                )
                break


def unsubjected(schemas: Schemas) -> Iterator[Finding]:
    """Yield each event whose newest version has a field that said in a live one whom the event is about."""
    for event, versions in sorted(schemas.versions.items()):
        *older, newest = versions
        kept = {path for path, _ in fields(versions[newest])} - set(schemas.subjects(event, newest))
        lost = [(path, version) for version in reversed(older) for path in schemas.subjects(event, version)]
        for path, version in lost:
            if path in kept:
                yield Finding(
                    schemas.file(event, newest),
                    f"{path} has lost the mark x-subject, which it has in {version}: `ensemble forget` might not find "
                    "the event. Harmed: whom it is about",
                    'write "x-subject": true there again',
                )
                break


def _is_within(path: str, mark: str) -> bool:
    """Whether a field is the marked one, or one of those in it."""
    return path == mark or path.startswith((f"{mark}.", f"{mark}[]"))


def _has_fields(schema: Json) -> bool:
    """Whether it is an object that lists its fields, or a list of such: these are looked at one by one."""
    return "properties" in schema or ("items" in schema and _has_fields(schema["items"]))


def _all_of(schemas: Schemas, event: str, services: Sequence[Service]) -> str:
    return ", ".join([schemas.publishers[event], *hearing(services, event)])


def unsafe_orders(schemas: Schemas, new: Collection[tuple[str, str]]) -> Iterator[Finding]:
    """Yield each new version before which its consumers have to be deployed: advice, no reason to refuse it."""
    for event, versions in sorted(schemas.versions.items()):
        for older, newer in pairwise(versions):
            if (event, newer) in new and not _takes(schemas, event, older, newer):
                yield Finding(
                    schemas.file(event, newer),
                    f"{event} {newer} is new, and consumers of {older} do not read it",
                    "deploy its consumers before its publisher",
                )


def _takes(schemas: Schemas, event: str, older: str, newer: str) -> bool:
    """Return whether consumers that know only the older version handle the newer one."""
    same_major = major_of(older) == major_of(newer)
    return same_major and _reads_what_was_written(schemas, event, newer, older).answer is Answer.YES


def unsupplied(schemas: Schemas, services: Sequence[Service]) -> Iterator[Finding]:
    """Yield each reaction that some live version, after upcasting, does not supply with what it reads."""
    for service in services:
        for reaction in service.subscriptions:
            if reaction.event != EVERY_EVENT:
                yield from _unsupplied(schemas, service.name, reaction.event, reaction.reads)


def _unsupplied(schemas: Schemas, service: str, event: str, reads: Sequence[str]) -> Iterator[Finding]:
    newest, versions = schemas.newest(event), schemas.versions[event]
    contract = projection(detail_schema(event, versions[newest]), reads)
    for version, schema in versions.items():
        if major_of(version) == major_of(newest):
            written = closed(detail_schema(event, schema, version))
            answer = contained(written, contract, enforced_formats=FORMATS)
            if answer.answer is not Answer.YES:
                changes = "; ".join(f"{finding.path}: {finding.change}" for finding in answer.findings)
                yield Finding(
                    f"functions/{service}/service.py",
                    f"{schemas.file(event, version)} does not always supply what {service} reads of {event}: "
                    f"{changes}{_witness(answer)}",
                    "read it with a `?`, or not at all",
                )


def misfitting_upcasts(schemas: Schemas, services: Sequence[Service]) -> Iterator[Finding]:
    """Yield each upcaster that fails on an example of a live version, or makes what the next version refuses."""
    for event in sorted(schemas.versions):
        for older, newer in pairwise(schemas.majors(event)):
            file = upcaster_file(schemas.publishers[event], event, newer)
            for complaint in _misfits(schemas, event, older, newer, file):
                yield Finding(
                    file,
                    f"{complaint}. Harmed: {harmed(services, event)}",
                    f"let `upcast` make what {schemas.file(event, schemas.majors(event)[newer])} accepts",
                )
                break


def _misfits(schemas: Schemas, event: str, older: int, newer: int, file: str) -> Iterator[str]:
    target = closed(with_bounds(schemas.versions[event][schemas.majors(event)[newer]]))
    try:
        upcast: Upcast = import_module(file.removesuffix(".py").replace("/", ".")).upcast
    except Exception as error:  # whatever the module raises while it is imported
        yield f"its `upcast` cannot be imported: {type(error).__name__}: {error}"
        return
    for version, schema in schemas.versions[event].items():
        if major_of(version) == older:
            for name, fields in examples(schema).items():
                yield from _misfit(upcast, fields, target, f"the {name} example of {version}")


def _misfit(upcast: Upcast, fields: dict[str, Any], target: dict[str, Any], what: str) -> Iterator[str]:
    given = copy.deepcopy(fields)
    try:
        made = upcast(given)
    except Exception as error:
        yield f"{what} fails with {type(error).__name__}: {error}"
        return
    if not accepts(target, made, enforced_formats=FORMATS):
        yield f"{what} becomes {json.dumps(made, ensure_ascii=False, default=repr)}, which does not fit"
    if given != fields:
        yield f"{what} is changed in place: make a new one"


def ended_too_early(schemas: Schemas, today: date, longest_delivery_days: float) -> Iterator[Finding]:
    """Yield each version that ends before it may: retired while an event of it may still be delivered.

    `longest_delivery_days`: how long after its publication archive, queues and dead-letter queues may deliver it, or
    `inf` when one of them keeps it for ever.
    """
    for event, ends in sorted(schemas.ends.items()):
        place = f"schemas/{schemas.publishers[event]}/{event}/{LIFECYCLE}"
        for version, end in ends.items():
            if max(end.deprecated, end.retired or end.deprecated) > today:
                yield Finding(place, f"{version} ends in the future", "write the day when it has ended")
            elif end.retired is not None and (end.retired - end.deprecated).days < longest_delivery_days:
                yield Finding(
                    place,
                    f"{version} is retired {(end.retired - end.deprecated).days} days after it was deprecated, and "
                    f"archive, queues and dead-letter queues may deliver it for {longest_delivery_days} days: "
                    f"whoever hears {event} would refuse it",
                    _when(end.deprecated, longest_delivery_days),
                )


def _when(deprecated: date, days: float) -> str:
    return "it cannot be retired" if days == inf else f"retire it on {deprecated + timedelta(days=days)} or later"


def rewritten_ends(
    published: Mapping[str, Mapping[str, str]], now: Mapping[str, Mapping[str, str]], file: str
) -> Iterator[Finding]:
    """Yield each end of a version in a lifecycle file that says something else than it did when it was published."""
    for version, end in published.items():
        for name, day in end.items():
            if now.get(version, {}).get(name) != day:
                yield Finding(file, f"{version} was {name} on {day}, which is history", "write that day again")
