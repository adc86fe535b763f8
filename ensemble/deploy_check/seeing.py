"""What console and commands see of the stage on the emulator, by the code that AWS is asked with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import chain

from rich.console import Console

from ensemble.command_line.console.looked_at import stage_of
from ensemble.command_line.console.workflows import told_of
from ensemble.command_line.stage.account import Account, aws_answers
from ensemble.command_line.stage.place import Place
from ensemble.command_line.trace.lines import found_lines
from ensemble.command_line.trace.listing import Listing
from ensemble.console.progress import Shown
from ensemble.deploy_check.browsing import browsed
from ensemble.deploy_check.errors import DeployCheckFailed
from ensemble.deploy_check.project import Project, Stage

HOUR_SECONDS = 3_600.0

OVER = (Shown.DONE, Shown.CANCELLED)


def see(project: Project, stage: Stage, account: Account, console: Console) -> None:
    """Print what is seen, and what is not answered. Raises DeployCheckFailed where a workflow that was played is not
    listed, or is not said to have ended, and where anything is said to be deployed otherwise."""
    answered, missing = [], []
    for what, look in _looks(project, stage, account):
        try:
            with aws_answers():
                answered.append(f"{what}: {look()}")
        except DeployCheckFailed:
            raise
        except Exception as failure:  # whatever an emulator answers instead
            missing.append(f"{what}: {type(failure).__name__} {failure}"[:160])
    for line in answered:
        console.print(f"  {line}", markup=False)
    for line in missing:
        console.print(f"  not answered by the emulator: {line}", markup=False)


def _looks(project: Project, stage: Stage, account: Account) -> Iterator[tuple[str, Callable[[], str]]]:
    """Yield what is looked at, each with what looks and says in words what it saw."""
    looked_at = stage_of(project.root, Place(stage.name, None, is_laptop=False), stage.assembly, account)
    declared, source = looked_at.declared, looked_at.source
    now = datetime.now(UTC).timestamp()
    listing = Listing(source.reading(), declared, account.client("dynamodb"))
    entries = chain(*listing.hours(now - HOUR_SECONDS)) if declared.stores else ()
    workflows = dict.fromkeys(workflow for _, workflow, _ in entries)

    def traced() -> str:
        told = {one: told_of(source.reading(), one, stage.name) for one in workflows}
        open = {one: told_ for one, told_ in told.items() if told_ is None or told_["shown"] not in OVER}
        if open or not told:
            raise DeployCheckFailed(
                f"of {len(told)} workflows these have not ended for `ensemble trace`: {sorted(open)}"
            )
        steps = sum(len(event["heard"]) for one in told.values() if one for event in one["events"])
        hops = sum(len(one["waterfall"]) for one in told.values() if one)
        return f"{len(told)} have ended, with {steps} steps in {hops} parts"

    def logged() -> str:
        groups, some = list(declared.log_groups.values()), list(workflows)[:5]
        return f"{len(found_lines(account.client('logs'), groups, some, [], now - HOUR_SECONDS, now))} of 5 workflows"

    def followed() -> str:
        seen = sum(len(events) for events in source.opening())
        return f"{seen} events at first, {len(source.new_events() or ())} since"

    def led() -> str:
        told = source.rules()
        wrong = [*(f"{edge}: {text}" for edge, (_, text) in told["faults"].items()), *told["differs"]]
        if wrong:
            raise DeployCheckFailed("the console says of a stage as it was deployed:\n" + "\n".join(wrong))
        return f"no fault on {len(declared.hearings)} ways, and as in the templates"

    def recorded() -> str:
        summaries = account.client("xray").get_trace_summaries(StartTime=now - HOUR_SECONDS, EndTime=now)
        return f"{len(summaries['TraceSummaries'])}"

    if declared.stores:
        yield "workflows that are listed", lambda: f"{len(workflows)}"
        yield "workflows traced", traced
        yield "events followed by the stream", followed
        yield "the console in a browser", lambda: browsed(looked_at, next(iter(workflows)))
    yield "services by their queues and mappings", lambda: f"{len(source.facts()['nodes'])}"
    yield "rules, policies and mappings that lead to them", led
    yield "alarms", lambda: f"{len(account.client('cloudwatch').describe_alarms()['MetricAlarms'])}"
    yield "log lines", logged
    yield "traces of X-Ray", recorded
