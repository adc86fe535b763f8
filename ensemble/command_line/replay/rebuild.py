"""The command `ensemble replay rebuild`: counts all that a service has ever heard anew, from an empty table."""

from __future__ import annotations

from rich.console import Console

from ensemble.aws.resource_types import FUNCTION
from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.replay.emptying import Emptying
from ensemble.command_line.replay.putting import Progress
from ensemble.command_line.replay.replay import put
from ensemble.command_line.replay.replayed_stage import Asked, Stage
from ensemble.command_line.replay.selection import Selection
from ensemble.command_line.replay.stored import Window
from ensemble.command_line.stage.account import aws_answers
from ensemble.command_line.stage.forget import tables_of
from ensemble.command_line.stage.pauses import REAL, Clock
from ensemble.command_line.stage.place import Place
from functions.kit.model import Service


def rebuild(console: Console, service: str, place: Place, rate: float) -> None:
    """Rebuild a service, or go on with it. Raises CommandFailed."""
    rebuild_at(console, Stage.at(console, place), service, rate, REAL)


def rebuild_at(console: Console, stage: Stage, name: str, rate: float, clock: Clock) -> Progress:
    """Do it in a stage. Raises CommandFailed."""
    selection = Selection.of(stage.services, stage.schemas, [name])
    service = next(one for one in stage.services if one.name == name)
    refuse_what_could_not_be_rebuilt(service)
    cursor = stage.cursor("rebuild", name)
    if not cursor.progress.emptied:
        cursor.progress.total = stage.plan(Asked(Window(), (name,), rate=rate)).events
        with aws_answers():
            items = emptying(stage, service, clock).run()
        console.print(f"{items:,} items of {name} deleted; all that is stored is counted anew", markup=False)
        cursor.progress.emptied = True
        cursor.save()
    return put(console, stage, Asked(Window(), (name,), rate=rate), selection, cursor, clock)


def refuse_what_could_not_be_rebuilt(service: Service) -> None:
    """Raise UsageRefused for a service that would lose what it has heard of reactions that did not opt in."""
    others = [one.event for one in service.reactions if not one.replay]
    if others:
        raise UsageRefused(
            f"{service.name} hears {', '.join(others)} without replay=True, so that from an empty table it would not "
            "come to what it has now. Fix: only a service all of whose reactions opted in can be rebuilt"
        )


def emptying(stage: Stage, service: Service, clock: Clock) -> Emptying:
    """Return what empties its table."""
    function = stage.names.consumer(service.name)
    timeout = next(one.properties["Timeout"] for one in stage.resources if (one.type, one.name) == (FUNCTION, function))
    return Emptying(
        stage.account.client,
        function,
        float(timeout),
        tables_of([service], stage.names)[service.name],
        stage.stores,
        clock[1],
    )
