"""Composes the stages. Synthesize with `python app.py`, deploy with `cdk deploy "dev/*"`."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from ensemble.choreography.errors import ChoreographyRefused
from ensemble.choreography.gate import refuse_what_breaks
from infrastructure.configuration import Configuration, ServiceConfiguration
from infrastructure.door import FrontDoor, Rate
from infrastructure.stage import Project, Stage, chosen, new_app

app = new_app()
project = Project.read(Path(__file__).parent, Path(app.outdir), prefix="shop")

stages = {
    "dev": Configuration(
        protected=False,
        memory_megabytes=256,
        log_retention_days=7,
        archive_days=7,
        maximum_concurrency=5,
        tracing="active",
        front_door=FrontDoor(publishers={"storefront": Rate(20, 40), "warehouse": Rate(5, 10)}),
        services={"shipping": ServiceConfiguration(settings={"carrier_url": "https://sandbox.carrier.example"})},
    ),
    "prod": Configuration(
        account="111111111111",  # your own: the CDK deploys prod nowhere else
        region="eu-central-1",
        protected=True,
        memory_megabytes=256,
        log_retention_days=90,
        archive_days=90,
        maximum_concurrency=30,
        tracing="pass-through",
        front_door=FrontDoor(publishers={"storefront": Rate(100, 200), "warehouse": Rate(5, 10)}),
        customer_keys=True,
        services={"shipping": ServiceConfiguration(settings={"carrier_url": "https://api.carrier.example"})},
        alarm_subscribers=["on-call@example.com"],  # your own: an e-mail address or an https URL
    ),
}

for name, configuration in chosen(app, stages, personal="dev"):
    Stage(app, name, project, configuration)

app.synth()
try:
    refuse_what_breaks(Path(app.outdir), project.services, project.schemas, date.today())
except ChoreographyRefused as refused:
    sys.exit(str(refused))
