"""Rows whose timers are due in one minute: how fast the sweep sends them, and how fast they are handled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ensemble.limits.load import Load, Service
from ensemble.limits.recording import Sent
from ensemble.simulator.dynamodb import Item
from ensemble.simulator.world import START

LONGEST = 86_400.0
"""Seconds after which what is not handled counts as never."""

FILLED_A_SECOND = 10_000
"""How many rows come in a virtual second while they are only prepared, which takes no time."""


@dataclass(frozen=True, slots=True)
class Swept:
    """So many rows were due in one minute. Seconds from the tick that found them: until all were handled, and until
    the last was sent to a queue (None: the sweep of this kit sends nothing, it handles). `left`: rows never handled."""

    rows: int
    handled_seconds: float
    sent_seconds: float | None
    left: int

    @property
    def handled_a_second(self) -> float:
        """Rows handled a second."""
        return self.rows / self.handled_seconds


def sweep(service: Service, rows: int) -> Swept | None:
    """Let the timers of so many rows be due in one minute; None when no row of the workflow wants a timer."""
    begin = _until_timer(service)
    if begin is None:
        return None
    load = Load(service, 0)
    world, queues = load.world, load.queues
    listed = _Listed()
    load.account.watch({load.account.table_of(service.name).name: listed.watch})
    with load.running():
        world.is_timed = False
        for number in range(rows):
            load.send(number, begin, START + number / FILLED_A_SECOND)
        world.run_until(START + rows / FILLED_A_SECOND + max(one.after for one in begin) + 1.0)
        world.is_timed = True
        world.run_until(listed.last_due)
        sent = queues.last_sent_at
        tick = (world.now // 60 + 1) * 60
        world.run_until(tick + LONGEST, lambda: not listed.number)
    sent_seconds = queues.last_sent_at - tick if queues.last_sent_at > sent else None
    return Swept(rows, world.now - tick, sent_seconds, listed.number)


def _until_timer(service: Service) -> tuple[Sent, ...] | None:
    """Return the first messages of the workflow after which the service's row wants a timer."""
    if not service.application.services[service.name].sweeps:
        return None
    load, listed = Load(service, 1), _Listed()
    load.account.watch({load.account.table_of(service.name).name: listed.watch})
    load.world.is_timed = False
    with load.running():
        for number, message in enumerate(service.messages, start=1):
            load.send(0, (message,), load.world.now)
            load.world.run_until(load.world.now + message.after + 1.0)
            if listed.number:
                return service.messages[:number]
    return None


class _Listed:
    """Counts the rows that want a timer, as they are written."""

    def __init__(self) -> None:
        self.number = 0
        self.last_due = START

    def watch(self, before: Item | None, after: Item) -> None:
        self.number += ("index_position" in after) - (before is not None and "index_position" in before)
        if "index_position" in after:
            self.last_due = max(self.last_due, datetime.fromisoformat(after["index_position"]["S"]).timestamp())
