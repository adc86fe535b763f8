"""The gate that every synthesis passes: what must not be deployed is refused, and no assembly is left to deploy."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from ensemble.choreography.checks import violations
from ensemble.choreography.errors import ChoreographyRefused
from ensemble.choreography.graph import read_graph
from ensemble.choreography.retention import longest_delivery_days
from ensemble.contracts import evolution
from ensemble.contracts.findings import Finding, leave
from ensemble.contracts.sagas import misconducted
from ensemble.contracts.schemas import Schemas
from functions.kit.model import Service

MANIFEST = "manifest.json"


def refuse_what_breaks(assembly: Path, services: Sequence[Service], schemas: Schemas, today: date) -> None:
    """Check a synthesized app: the contracts, and the graph of each of its stages.

    Raises ChoreographyRefused with every reason, and then leaves no manifest, so that the CDK finds nothing to deploy.
    """
    findings = evolution.violations(schemas, services) or list(misconducted(services, schemas))
    for stage in _stages(assembly):
        findings = findings or _findings(stage, services, schemas, today)  # one's are likely the other's too
    if findings:
        (assembly / MANIFEST).unlink()
        leave(findings, assembly)
        raise ChoreographyRefused(findings)


def _findings(stage: Path, services: Sequence[Service], schemas: Schemas, today: date) -> list[Finding]:
    graph = read_graph(stage, services, schemas)
    early = evolution.ended_too_early(schemas, today, longest_delivery_days(graph.resources))
    return [*violations(graph), *early]


def _stages(assembly: Path) -> list[Path]:
    """Return the assembly of each stage (cloud assembly schema, "NestedCloudAssemblyProperties")."""
    artifacts = json.loads((assembly / MANIFEST).read_text(encoding="utf-8"))["artifacts"].values()
    nested = [one["properties"]["directoryName"] for one in artifacts if one["type"] == "cdk:cloud-assembly"]
    return [assembly / directory for directory in sorted(nested)]
