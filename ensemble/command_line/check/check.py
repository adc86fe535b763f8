"""`ensemble check`: whether the project may go out, by its schemas, its declarations and its synthesized stacks."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from rich.console import Console

from ensemble.choreography.graph import Graph, read_graph
from ensemble.choreography.names import advice
from ensemble.command_line.check.dated_facts import ending
from ensemble.command_line.check.graph import is_drawn
from ensemble.command_line.check.published import published_of, rewritten, unpublished
from ensemble.command_line.check.states import hurried_states, refused_sagas, refused_states
from ensemble.command_line.errors import CheckFailed
from ensemble.command_line.project import check_functions, read_schemas, read_services, refuse, root_of_project
from ensemble.command_line.settings import ACCEPTED_NAMES, FILE, read_settings
from ensemble.command_line.synthesis import assembly_of
from ensemble.command_line.terminal import error_console, printable_lines
from ensemble.contracts import adapters, evolution, publications, views
from ensemble.contracts.findings import Finding, text_of
from ensemble.contracts.sagas import misconducted
from ensemble.contracts.schemas import Schemas
from ensemble.contracts.states.marks import unmarked_states
from ensemble.contracts.subjects import nobodys

NOTHING_DEPLOYED = "nothing is recorded as deployed: every schema may still change"


@dataclass
class Report:
    """What a check came to. `against`: what counted as published, such as "it was deployed to prod", or a commit.

    `counts`: how many services, events, versions and edges there are; nothing when the check did not come so far.
    """

    environment: str
    against: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    advice: tuple[Finding, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> str:
        """Return the document of `--json` (docs/json.md)."""
        lists = {"findings": self.findings, "advice": self.advice}
        return json.dumps(
            {
                "ok": not self.findings,
                "environment": self.environment,
                "against": list(self.against),
                **{name: [one.as_json() for one in found] for name, found in lists.items()},
                "summary": {**{name: len(found) for name, found in lists.items()}, **self.counts},
            },
            indent=2,
            ensure_ascii=False,
        )

    def as_text(self) -> Iterator[str]:
        """Yield what is printed for a person: the findings, or what is well and what to heed."""
        if self.findings:
            yield text_of(self.findings)
            return
        if self.advice:
            yield text_of(self.advice, "hint") + "\n"
        unchanged = f"published files unchanged since {' and since '.join(self.against)}"
        yield (
            f"{self._number('services')}, {self._number('events')} in {self._number('versions', 'live ')}, "
            f"{self._number('edges')}: compatible, delivered, compensated\n"
            f"({unchanged if self.against else NOTHING_DEPLOYED})"
        )

    def _number(self, name: str, kind: str = "") -> str:
        """Return how many there are, in words: 1 service, 2 services."""
        return f"{self.counts[name]} {kind}{name if self.counts[name] != 1 else name.removesuffix('s')}"


def check(
    console: Console,
    against: str | None,
    environment: str,
    root: Path | None = None,
    *,
    as_json: bool = False,
    cdk_nag: bool = False,
    today: date | None = None,
) -> bool:
    """Check the project against itself, and its schemas against those that are deployed, and those of a commit.

    `cdk_nag`: let cdk-nag look at the stacks too. `today`: the day by which what the project uses ends.

    Print the findings, or one JSON document; return whether there is none. Raises UsageRefused when git does not know
    the commit.
    """
    root, today = root or root_of_project(), today or date.today()
    report = Report(environment)
    try:
        shown = error_console() if as_json else console
        _check(shown, against, report, root, today)
        if cdk_nag:
            from ensemble.command_line.check.nag import refuse_what_cdk_nag_finds  # it imports the CDK: a second

            refuse_what_cdk_nag_finds(shown, root)
    except CheckFailed as error:
        report.findings = error.findings
    if as_json:
        sys.stdout.write(report.as_json() + "\n")
    else:
        for text in report.as_text():
            console.print(printable_lines(text), markup=False)
    return not report.findings


def _check(console: Console, against: str | None, report: Report, root: Path, today: date) -> None:
    """Check all, and write what is found into the report. Raises CheckFailed and UsageRefused."""
    settings = read_settings(root)
    services = read_services(root)
    check_functions(root)
    published = published_of(root, against)
    report.against = tuple(one.moment for one in published)
    refuse(finding for one in published for finding in rewritten(root, one, services))
    refuse(refused_states(published, services))
    schemas = read_schemas(root, services)
    versions = sum(map(len, schemas.versions.values()))
    report.counts = {"services": len(services), "events": len(schemas.versions), "versions": versions}
    refuse(evolution.violations(schemas, services))
    refuse(misconducted(services, schemas))
    refuse(refused_sagas(published, services, schemas))
    refuse(unmarked_states(services, schemas))
    refuse([*publications.mispublished(root, services, schemas), *adapters.missing_adapters(root, services)])
    new = unpublished(published, schemas)
    refuse(publications.unemitted(services, schemas, new))
    graph = read_graph(assembly_of(report.environment, console, root), services, schemas)
    report.counts["edges"] = len(graph.edges)
    refuse(_stale(root, graph))
    orders = evolution.unsafe_orders(schemas, new) if published else ()
    names = settings.accepted_names
    report.advice = (
        *ending(root, today),
        *advice(graph, names),
        *_unknown(names, schemas),
        *orders,
        *nobodys(services, schemas),
        *hurried_states(published, services),
    )


def _stale(root: Path, graph: Graph) -> list[Finding]:
    """Return what of the generated is not what would be generated now, and which function is typed by another event."""
    misleading = [
        Finding(path, "it is not what the schemas and the declared reads say, and misleads mypy", "make types")
        for path in views.outdated(root, graph.services, graph.schemas)
    ]
    if not is_drawn(graph, root):
        misleading.append(Finding("README.md", "it has a picture that is not that of the stacks", "make picture"))
    return misleading or views.misannotated(graph.services)


def _unknown(accepted: Iterable[str], schemas: Schemas) -> Iterator[Finding]:
    """Yield which accepted names are nothing's."""
    for name in sorted(set(accepted) - schemas.publishers.keys()):
        yield Finding(FILE, f"{ACCEPTED_NAMES} of [tool.ensemble] has {name}, which has no schema", "take it out")
