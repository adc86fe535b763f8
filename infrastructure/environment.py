"""An environment: the platform's stack and one stack for each service. Environments differ only in arguments."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import aws_cdk as cdk

from ensemble.contracts.findings import leave
from ensemble.contracts.loading import load_schemas
from ensemble.contracts.schemas import Schemas
from functions.kit.model import Service
from infrastructure.bundle import Bundle, build, makes_bytecode
from infrastructure.configuration import Configuration
from infrastructure.errors import BundleRefused
from infrastructure.imports import check_imports
from infrastructure.naming import Names, prefixed
from infrastructure.platform import PlatformStack
from infrastructure.runtime import PYTHON
from infrastructure.service import ServiceStack
from infrastructure.services import discover

CDK_CLI = "CDK_CLI_VERSION"
"""What the CDK CLI sets for the app that it runs, with its version (aws-cdk-lib, cx-api, `CLI_VERSION_ENV`)."""

WITHOUT_BYTECODE = (
    f"The bundles are without bytecode: this is Python {sys.version_info.major}.{sys.version_info.minor}, and the "
    f"functions run {PYTHON}. They work, and start slower; deploy with Python {PYTHON} to make it."
)


@dataclass(frozen=True, slots=True)
class Project:
    """What all environments are made from: the services, the schemas, the bundles by service, and the prefix.

    `prefix`: what all names in AWS begin with, so that two projects can live in one account; "" is none.
    """

    services: tuple[Service, ...]
    schemas: Schemas
    bundles: Mapping[str, Bundle]
    prefix: str = ""

    @classmethod
    def read(cls, root: Path, assembly: Path, *, prefix: str = "") -> Project:
        """Read the project at `root` and build its bundles into the cloud assembly.

        Raises BundleRefused when a function would lack what it imports, and leaves the findings in the assembly.
        """
        try:
            check_imports(root)
            services, schemas = discover(root), load_schemas(root / "schemas")
            bundles = {service.name: build(root, service, schemas, assembly) for service in services}
        except BundleRefused as refused:
            leave(refused.findings, assembly)
            raise
        if CDK_CLI in os.environ and not makes_bytecode():
            print(WITHOUT_BYTECODE, file=sys.stderr)
        return cls(services, schemas, bundles, prefix)


class Environment(cdk.Stage):
    """All stacks of one environment, under its name: `cdk deploy "dev/*"`, `cdk deploy dev/<service>`.

    Raises PrefixRefused when the project's prefix cannot begin a name in AWS.
    """

    def __init__(self, app: cdk.App, name: str, project: Project, configuration: Configuration) -> None:
        stage = prefixed(project.prefix, name)
        super().__init__(app, name, stage_name=stage)
        names = Names(stage)
        owners = set(project.schemas.publishers.values())
        outside = sorted(owners - {service.name for service in project.services})
        platform = PlatformStack(self, project.schemas, names, configuration, outside)
        for service in project.services:
            stack = ServiceStack(self, service, project.schemas, project.bundles[service.name], names, configuration)
            stack.add_stack_dependency(platform)


def new_app() -> cdk.App:
    """Make an app that synthesizes fast and reproducibly: nothing that slows it down or varies by machine.

    The templates are checked by cfn-lint in the tests, not by the validator that the CDK would run at each
    synthesis, which takes longer than all the rest.
    """
    return cdk.App(
        outdir=os.environ.get("CDK_OUTDIR", "cdk.out"),
        builtin_cloud_formation_validation=False,
        analytics_reporting=False,
        stack_traces=False,
        tree_metadata=False,
    )
