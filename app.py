"""Composes the environments. Synthesize with `python app.py`, deploy with `cdk deploy "dev/*"`."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from ensemble.choreography.errors import ChoreographyRefused
from ensemble.choreography.gate import refuse_what_breaks
from infrastructure.configuration import Configuration
from infrastructure.environment import Environment, Project, new_app

app = new_app()
project = Project.read(Path(__file__).parent, Path(app.outdir), prefix="")

Environment(
    app,
    "dev",
    project,
    Configuration(
        memory_megabytes=256,
        log_retention_days=7,
        archive_days=7,
        maximum_concurrency=5,
        keeps_data=False,
    ),
)

Environment(
    app,
    "prod",
    project,
    Configuration(
        memory_megabytes=512,
        log_retention_days=90,
        archive_days=90,
        maximum_concurrency=50,
        keeps_data=True,
    ),
)

app.synth()
try:
    refuse_what_breaks(Path(app.outdir), project.services, project.schemas, date.today())
except ChoreographyRefused as refused:
    sys.exit(str(refused))
