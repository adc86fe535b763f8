"""How events follow from each other: along the edges, by what the reactions there may publish."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from ensemble.choreography.graph import Graph
from ensemble.contracts.findings import Finding
from functions.kit.model import TIMER, Service
from functions.kit.saga import Saga


def cycles(graph: Graph) -> Iterator[Finding]:
    """Yield each cycle of events that no reaction on it bounds by `hop_bound`, from where the workflow enters it."""
    found: set[frozenset[str]] = set()
    for event in by_causes(graph):
        cycle = _way_back(graph, event)
        if cycle and frozenset(cycle) not in found:
            found.add(frozenset(cycle))
            yield _circle(graph, cycle)


def _way_back(graph: Graph, start: str) -> list[str]:
    """Return the shortest way from an event back to itself over unbounded reactions; empty when there is none."""
    before: dict[str, str] = {}
    waiting = deque([start])
    while waiting:
        event = waiting.popleft()
        for _, reaction in graph.reactions(event):
            for following in reaction.publishes if reaction.hop_bound is None else ():
                if following == start:
                    return [*reversed(_way(event, before)), start]
                if following not in before:
                    before[following] = event
                    waiting.append(following)
    return []


def _way(event: str, before: dict[str, str]) -> list[str]:
    way = [event]
    while event in before:
        event = before[event]
        way.append(event)
    return way


def by_causes(graph: Graph) -> list[str]:
    """Return all events, those that nothing in the graph causes first, then what follows from them, step by step.

    What a timer publishes follows from what its service hears: that made the row which asked for the timer.
    """
    caused = {event for _, reaction in graph.all_reactions() for event in reaction.publishes}
    order = dict.fromkeys(sorted(graph.schemas.publishers.keys() - caused))
    waiting = deque(order)
    while waiting:
        for service, reaction in graph.reactions(waiting.popleft()):
            following = [*reaction.publishes, *_by_timer(service)]
            waiting.extend(event for event in following if event not in order)
            order |= dict.fromkeys(following)
    return [*order, *sorted(graph.schemas.publishers.keys() - order.keys())]


def _by_timer(service: Service) -> list[str]:
    return [event for reaction in service.reactions if reaction.event == TIMER for event in reaction.publishes]


def _circle(graph: Graph, cycle: list[str]) -> Finding:
    way = cycle[0]
    for event, following in pairwise(cycle):
        last = next(service.name for service, one in graph.reactions(event) if following in one.publishes)
        way += f" -> ({last}) -> {following}"
    return Finding(
        f"functions/{last}/service.py",
        f"events go in a circle, {way}: once begun, it ends only by the hop limit, in the dead-letter queue of whoever "
        "it is on then",
        f"take {cycle[-1]} out of what {last} publishes on {cycle[-2]}, or bound that reaction by hop_bound=<hops>",
    )


def failing_pivots(graph: Graph) -> Iterator[Finding]:
    """Yield each pivot after which a refusal may come, though after a pivot the workflow only goes forward."""
    for service, reaction in graph.all_reactions():
        ways = [way for step in reaction.emits if reaction.pivot for way in _ways_to_failures(graph, step, service)]
        if ways:
            way = min(ways, key=len)
            refusing = _publishing(graph, way[-1], way[-2])
            yield Finding(
                f"functions/{service.name}/service.py",
                f"the reaction to {reaction.event} is declared pivot=True, and {refusing} may refuse after it: "
                f"{' -> '.join(way)}. Harmed: whatever was done up to {way[0]}, which nobody would prove undone",
                f"take pivot=True away from it and declare it at the last reaction that may refuse, or let {refusing} "
                f"answer without a refusal",
            )


def _publishing(graph: Graph, event: str, cause: str) -> str:
    return next(service.name for service, one in graph.reactions(cause) if event in one.publishes)


def unrefused(graph: Graph) -> Iterator[Finding]:
    """Yield each event in `emits` because of which a hearer undoes something, though nothing is undone or asked there.

    Others undo because of a refusal, of what follows from one, or of what only asks (`irreversible`). An ordinary event
    is a step: that it is a failure would be unknown to the proof that failures are compensated.
    """
    backward = {event for _, one in graph.all_reactions() for event in (one.publishes if one.compensates else ())}
    found: dict[tuple[str, str], list[str]] = {}
    for service, reaction in graph.all_reactions():
        if not (reaction.compensates or reaction.irreversible or reaction.event in graph.refusals | backward):
            for event in reaction.emits:
                if event not in graph.refusals:
                    found.setdefault((service.name, event), []).append(reaction.event)
    for (name, event), causes in found.items():
        undoing = [(hearer.name, one.compensates) for hearer, one in graph.reactions(event) if one.compensates]
        if undoing:
            undone = " and ".join(f"{hearer} undoes {step}" for hearer, step in undoing)
            yield Finding(
                f"functions/{name}/service.py",
                f"{event} is in the `emits` of {name} on {' and '.join(causes)}, and because of it {undone}: it is a "
                "refusal. Harmed: whatever else was done before, since nobody proves that it is undone too",
                f'move {event} to `refusals`; or, where it only asks others to undo, declare irreversible="<why>"',
            )


@dataclass(frozen=True, slots=True)
class Undone:
    """Steps that a failure leaves undone, nearest first, the way to where the undoing ends, and where it began."""

    steps: tuple[tuple[Service, str], ...]
    way: tuple[str, ...]

    @property
    def end(self) -> str:
        """The event that should lead to the undoing and does not."""
        return self.way[-1]


def unfinished_compensations(graph: Graph) -> list[Undone]:
    """Return what failures leave undone, one for each event where the way back ends."""
    found: dict[str, list[tuple[Service, str, tuple[str, ...]]]] = {}
    for service, reaction in graph.all_reactions():
        if not (reaction.compensates or reaction.pivot or reaction.irreversible):
            for step in reaction.emits:
                for way in _ways_to_failures(graph, step, service):
                    for rest in _ends(graph, way[-1], step, service, ()):
                        found.setdefault(rest[-1], []).append((service, step, (*way, *rest[1:])))
    return [_shortest(leaks) for leaks in found.values()]


def _shortest(leaks: list[tuple[Service, str, tuple[str, ...]]]) -> Undone:
    """Return the leaks that have one end as one, with its shortest way."""
    nearest = sorted(leaks, key=lambda leak: len(leak[2]))
    steps = dict.fromkeys((service.name, step) for service, step, _ in nearest)
    by_name = {service.name: service for service, _, _ in leaks}
    return Undone(tuple((by_name[name], step) for name, step in steps), nearest[0][2])


def _ways_to_failures(graph: Graph, step: str, service: Service) -> Iterator[tuple[str, ...]]:
    """Yield the shortest way from a step to each failure that can be the first one after it; none leads through what
    undoes the step."""
    seen, waiting = {step}, deque[tuple[str, ...]]([(step,)])
    while waiting:
        way = waiting.popleft()
        for hearer, reaction in graph.reactions(way[-1]):
            is_undone = hearer.name == service.name and reaction.compensates == step
            for following in () if is_undone else reaction.publishes:
                if following in seen:
                    continue
                seen.add(following)
                if following in graph.refusals:
                    yield (*way, following)
                else:
                    waiting.append((*way, following))


def _ends(graph: Graph, event: str, step: str, service: Service, above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the ways from the event to where the undoing of the step ends before it is done; none if it is surely done.

    Surely: some reaction undoes the step, or some reaction publishes and whatever it publishes leads there. Of a saga's
    it is enough that something does: what it publishes are no alternatives, and it undoes all that is done.
    """
    way = (*above, event)
    hearers = list(graph.reactions(event))
    if any(hearer.name == service.name and reaction.compensates == step for hearer, reaction in hearers):
        return
    answers = []
    for hearer, reaction in hearers:
        if reaction.publishes and not set(reaction.publishes) & set(way):
            ends = [list(_ends(graph, following, step, service, way)) for following in reaction.publishes]
            is_undone = isinstance(hearer, Saga) and not all(ends)
            answers.append([] if is_undone else [end for one in ends for end in one])
    if not answers:
        yield way
    elif all(answers):
        yield from min(answers, key=len)


def undone_finding(undone: Undone) -> Finding:
    """Return what is left undone by which way, and how to finish it."""
    (service, step), *others = undone.steps
    heard = next((one.event for one in service.subscriptions if one.event in undone.way and not one.compensates), None)
    marked = f'declare compensates="{step}" at the reaction of {service.name} to {heard}, if that undoes it; or '
    also = "".join(f", and {other} of {one.name}" for one, other in others)
    return Finding(
        f"functions/{service.name}/service.py",
        f"{' -> '.join(undone.way)} leaves {step} of {service.name}{also} undone in a workflow that failed",
        f"{marked if heard else ''}react in {service.name} to {undone.end}, or to what surely follows it, with "
        f'compensates="{step}"; or declare the reaction that emits {step} pivot=True or irreversible="<why>"',
    )
