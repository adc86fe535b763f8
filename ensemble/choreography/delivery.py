"""Whether what is published arrives: permissions, rules and hearers fit each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from ensemble.aws.resource_types import QUEUE, QUEUE_POLICY
from ensemble.choreography.graph import Graph, Rule, Sent
from ensemble.choreography.permissions import detail_types, sources
from ensemble.choreography.templates import Resource
from ensemble.contracts.consumers import hearing
from ensemble.contracts.findings import Finding
from functions.kit.model import EVERY_EVENT


def unpermitted(graph: Graph) -> Iterator[Finding]:
    """Yield each event that its publisher is declared to publish and not permitted to, and the other way round."""
    for publisher in sorted(graph.permissions):
        declared = set(graph.declared_by(publisher))
        permitted = {event for source, event in graph.publishable if source == publisher}
        for event in sorted(declared - permitted):
            yield _not_permitted(graph, publisher, event)
        if graph.is_service(publisher):
            extra = (permitted | set(detail_types(graph.permissions[publisher]))) - declared
            for event in sorted(extra):
                yield Finding(
                    _file(publisher),
                    f"the policy of {publisher} lets it put {event}, which no reaction of it publishes: whoever takes "
                    "it over could",
                    f"narrow the policy, or declare {event} in `emits`",
                )


def _not_permitted(graph: Graph, publisher: str, event: str) -> Finding:
    statements = graph.permissions[publisher]
    others = [source for source in sources(statements) if source != publisher]
    hearers = sorted(hearing(graph.services, event))
    instead = f", it permits the source {', '.join(map(repr, others))}" if others else ""
    meant = f" (is {others[0]!r} misspelt?)" if get_close_matches(publisher, others, n=1, cutoff=0.6) else ""
    return Finding(
        _place(graph, publisher),
        f"{publisher} publishes {event} and its policy does not permit it under the source "
        f"{publisher!r}{instead}{meant}: PutEvents fails, and {_all(hearers)} never hears it",
        "give policy, rules and schemas folder one and the same source",
    )


def _place(graph: Graph, publisher: str) -> str:
    return f"functions/{publisher}/service.py" if graph.is_service(publisher) else f"schemas/{publisher}/"


def dead_rules(graph: Graph) -> Iterator[Finding]:
    """Yield each rule without a target, or that matches nothing that can be published, or only some versions of it."""
    for rule in graph.rules:
        place, name = ", ".join(map(_file, rule.services)) or "app.py", f"rule {rule.name} in stack {rule.stack}"
        if not rule.targets:
            yield _untargeted(graph, rule, place, name)
        elif not rule.matched:
            yield Finding(
                place,
                f"{name} matches nothing that anybody can publish{_missed(graph, rule)}: {_all(rule.services)} waits "
                "in vain",
                "correct the pattern, let the publisher declare the event in `emits`, or remove the reaction",
            )
        else:
            yield from _partial(graph, rule, place, name)


def _untargeted(graph: Graph, rule: Rule, place: str, name: str) -> Finding:
    events = sorted({sent.event for sent in rule.matched})
    waiting = sorted({name for event in events for name in hearing(graph.services, event)})
    return Finding(
        place,
        f"{name} has no target, so {_all(events)} ends there, for which {_all(waiting) or 'nobody'} waits",
        "give it a target, or remove it",
    )


def lost_policies(resources: Sequence[Resource]) -> Iterator[Finding]:
    """Yield each queue of a service with more than one policy: the later one takes the place of the earlier."""
    policies = [one for one in resources if one.type == QUEUE_POLICY]
    for queue in (one for one in resources if one.type == QUEUE):
        own = [one for one in policies if any(_names(url, queue) for url in one.properties["Queues"])]
        if len(own) > 1:
            yield Finding(
                f"stack {own[-1].stack}",
                f"the queue {queue.name} has {len(own)} policies ({', '.join(one.name for one in own)}), and SQS keeps "
                "the one that comes last: the others let nobody in any more",
                "in resources.py call stack.subscriptions[...].accept(service, source_arn) instead of the grant",
            )


def _names(url: Any, queue: Resource) -> bool:
    return str(url).rsplit("/", 1)[-1] == queue.name


def _file(service: str) -> str:
    return f"functions/{service}/service.py"


def _missed(graph: Graph, rule: Rule) -> str:
    """Return what the pattern may have meant."""
    hints: list[str] = []
    for field, known in (
        ("source", {publisher for publisher, _ in graph.publishable}),
        ("detail-type", {event for _, event in graph.publishable}),
    ):
        hints += [
            f"the {field} {value!r} is not published{_nearest(value, known)}"
            for value in rule.pattern.get(field, [])
            if isinstance(value, str) and value not in known
        ]
    return f" ({'; '.join(hints)})" if hints else ""


def _partial(graph: Graph, rule: Rule, place: str, name: str) -> Iterator[Finding]:
    for publisher, event in sorted({(sent.publisher, sent.event) for sent in rule.matched}):
        versions = graph.schemas.versions[event]
        missed = [version for version in versions if Sent(publisher, event, version) not in rule.matched]
        if missed:
            yield Finding(
                place,
                f"{name} does not match every {event} {_all(missed)}, which is live: {_all(rule.services)} loses it",
                "let the pattern match all live versions",
            )


def misheard(graph: Graph) -> Iterator[Finding]:
    """Yield each service that is delivered an event it does not react to."""
    for edge in graph.edges:
        service = next((one for one in graph.services if one.name == edge.service), None)
        hears = {reaction.event for reaction in service.subscriptions} if service else set()
        if not hears & {edge.event, EVERY_EVENT}:
            yield Finding(
                _file(edge.service),
                f"a rule delivers {edge.event} to {edge.service}, which does not react to it, so that it ends in its "
                "dead-letter queue",
                "react to it, or remove the rule",
            )


def unheard(graph: Graph, failing: frozenset[str]) -> Iterator[Finding]:
    """Yield each event that nobody hears, or is said to be terminal and heard, and each command not heard by one.

    `failing`: events whose missing hearers are findings already.
    """
    terminal = {event for service in graph.services for event in service.terminal}
    for event, publisher in sorted(graph.schemas.publishers.items()):
        if (publisher, event) not in graph.publishable or event in failing:
            continue
        hearers = sorted({service.name for service, _ in graph.reactions(event)})
        file = _place(graph, publisher)
        if graph.kind_of(event) == "command" and len(hearers) != 1:
            yield Finding(
                file,
                f"the command {event} is heard by {_all(hearers) or 'nobody'}, and a command is a request to exactly "
                "one service",
                'let one service react to it, or let its schema say "x-kind": "event"',
            )
        elif graph.kind_of(event) != "command" and not hearers and event not in terminal:
            declared = (
                f'declare terminal=("{event}",) in the Service of {publisher} if it is meant for whoever may come'
            )
            yield Finding(
                file,
                f"nobody reacts to {event}",
                f"react to it, or {declared if graph.is_service(publisher) else 'remove its schema'}",
            )
        elif hearers and event in terminal:
            yield Finding(
                file, f"{event} is terminal and yet {_all(hearers)} reacts to it", "take it out of `terminal`"
            )


def _nearest(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, sorted(known), n=1)
    return f": did you mean {near[0]!r}?" if near else ""


def _all(names: Iterable[str]) -> str:
    return ", ".join(names)
