"""`ensemble simulate --seed N --record FILE`: the schedule of a seed as a recording for the console."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.console import Console

from ensemble.command_line.console.drawn import Drawn, drawn_of
from ensemble.command_line.console.workflows import told_of
from ensemble.command_line.errors import CommandFailed
from ensemble.command_line.project import root_of_project
from ensemble.command_line.simulate.simulating import simulation
from ensemble.command_line.synthesis import assembly_of
from ensemble.command_line.trace.reading import Reading
from ensemble.console.nodes import Facts, node_of
from ensemble.console.progress import Json, milliseconds
from ensemble.console.recorder import Recorder
from ensemble.console.recording import Tape
from ensemble.simulator.account import AwsAccount
from ensemble.simulator.asked import Sqs, Tables, returned
from ensemble.simulator.faults import Fault
from ensemble.simulator.schedule import Outcome
from ensemble.simulator.story import workflows
from ensemble.trace.known import Happened
from functions.kit.model import Service
from infrastructure.naming import DEAD_LETTER_SUFFIX

STILL_SECONDS = 10.0
STILL_SHARE = 0.2
"""What stands still is looked at after so many seconds, and then ever more seldom: a share of how long it has stood."""


def record_seed(console: Console, environment: str, seed: int, lane: str, file: Path) -> None:
    """Run a seed once more and write what can be seen of it. Raises CommandFailed."""
    root = root_of_project()
    assembly = assembly_of(environment, console, root)
    drawn = drawn_of(root, assembly, environment)
    try:
        tape = Tape(file, drawn.fixed, f"seed {seed}, {lane} lane")
    except OSError as fault:
        raise CommandFailed(f"{file} cannot be written: {fault}") from fault
    watched: list[SimulatedStage] = []

    def watch(account: AwsAccount) -> Callable[[], None]:
        watched.append(SimulatedStage(account, drawn, tape))
        return watched[0].look

    outcome = simulation(assembly, lane)(seed, recorded=True, watched=watch)
    watched[0].turn()
    tape.close(_notes(outcome, [service.name for service in drawn.declared.services]))
    console.print(f"Recorded in {file}: ensemble console --recording {file}", markup=False, highlight=False)


class SimulatedStage:
    """What the recorder asks of a simulated account, each time something in it has moved."""

    def __init__(self, account: AwsAccount, drawn: Drawn, tape: Tape) -> None:
        self._account, self._world = account, account.world
        present = tuple(one for one in drawn.declared.hearings if one.service not in self._world.absent)
        self._declared = replace(drawn.declared, hearings=present)
        self._recorder = Recorder(drawn.feed(), tape, lambda workflow: told_of(self._reading(), workflow, drawn.stage))
        self._seen = 0
        self._moved_at = self._next = self._world.now

    def look(self) -> None:
        """Record what is new, if there is any."""
        if len(self._account.commits) > self._seen or self._world.now >= self._next:
            self.turn()

    def turn(self) -> None:
        """Record what is new."""
        commits, now = self._account.commits[self._seen :], self._world.now
        self._seen += len(commits)
        if commits:
            self._moved_at = now
        self._next = now + max(STILL_SECONDS, STILL_SHARE * (now - self._moved_at))
        moved = [id for _, _, item in commits if (id := item.get("correlation_id", {}).get("S"))]
        new = [(table, item) for table, before, item in commits if before is None and "position" in item]
        events = [event for store in self._declared.event_stores for event in self._happened(store, new)]
        self._recorder.turn(events, [*(event.workflow for event in events), *moved], now, self._facts())

    def _reading(self) -> Reading:
        return Reading(self._declared, Tables(self._account), Sqs(self._account), self._world.now)

    def _happened(self, store: Service, new: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterator[Happened]:
        """Yield the events that new items of an event store hold."""
        reading = self._reading()
        items = (returned(item) for table, item in new if table == self._declared.tables[store.name])
        for _, of_one in groupby(items, lambda item: item["pk"]):
            yield from reading.read(store, of_one)

    def _facts(self) -> dict[str, Any]:
        nodes = {service.name: node_of(self._facts_of(service.name)) for service in self._declared.services}
        return {"nodes": nodes, "dead": sum(one["dead"] for one in nodes.values())}

    def _facts_of(self, service: str) -> Facts:
        queues = [queue for queue, fed in self._declared.fed.items() if fed == service]
        waiting = sum(1 for queue in queues for _ in self._account.queues.living(queue))
        dead = sum(1 for queue in queues for _ in self._account.queues.living(queue + DEAD_LETTER_SUFFIX))
        systems = {one for hearing in self._declared.hearings if hearing.service == service for one in hearing.systems}
        down = [one for one in sorted(systems) if self._world.in_window(Fault.PROVIDER_DOWN, one)]
        down += ["DynamoDB"] if self._world.in_window(Fault.DATABASE_DOWN, service) else []
        return Facts(waiting, dead, self._world.in_window(Fault.OUTAGE, service), down)


def _notes(outcome: Outcome, services: list[str]) -> Iterator[Json]:
    """Yield the faults that struck, each at its instant, and what is violated, at the end."""
    end = outcome.trace[-1][0] if outcome.trace else 0.0
    for workflow in workflows(outcome.steps, services):
        for line in workflow.lines:
            if line.is_fault:
                yield _note("fault", line.instant, line.who, line.text, workflow.id)
    for violation in outcome.violations:
        yield _note("violation", end, "", violation, "")


def _note(kind: str, instant: float, who: str, text: str, workflow: str) -> Json:
    return {"kind": kind, "at": milliseconds(instant), "who": who, "text": text, "workflow": workflow}
