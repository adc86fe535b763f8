"""A stage: the platform's stack and one stack for each service. Stages differ only in arguments."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import aws_cdk as cdk

from ensemble.contracts.findings import leave
from ensemble.contracts.loading import load_schemas
from ensemble.contracts.schemas import Schemas
from functions.kit.model import Service
from infrastructure.bundle import Bundle, build, makes_bytecode
from infrastructure.bus_policy import MOST_SERVICES
from infrastructure.concurrency import refuse_too_much
from infrastructure.configuration import Configuration
from infrastructure.counters import moves_counters
from infrastructure.door import FrontDoor
from infrastructure.errors import BundleRefused, NeedsRefused, StageRefused, print_refusals_without_traceback
from infrastructure.front_door import FrontDoorStack
from infrastructure.imports import check_imports
from infrastructure.naming import CONTEXT, Names
from infrastructure.needs import Needs, needs_of
from infrastructure.platform import PlatformStack
from infrastructure.runtime import PYTHON
from infrastructure.security import acknowledge, ask_cdk_nag
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
    """What all stages are made from: the services, the schemas, the bundles by service, and the prefix.

    `prefix`: what all names in AWS begin with, so that two projects can live in one account.
    """

    services: tuple[Service, ...]
    schemas: Schemas
    bundles: Mapping[str, Bundle]
    prefix: str

    @property
    def outside(self) -> list[str]:
        """The publishers that are no service, sorted."""
        return sorted(set(self.schemas.publishers.values()) - {service.name for service in self.services})

    @property
    def commands(self) -> frozenset[str]:
        """What no service publishes."""
        return frozenset(event for event, owner in self.schemas.publishers.items() if owner in self.outside)

    @property
    def counting(self) -> list[str]:
        """The services whose decisions move counters."""
        folders = {name: bundle.folder / "functions" / name for name, bundle in self.bundles.items()}
        return [name for name, folder in folders.items() if moves_counters(folder)]

    @classmethod
    def read(cls, root: Path, assembly: Path, *, prefix: str) -> Project:
        """Read the project at `root` and build its bundles into the cloud assembly.

        Raises BundleRefused when a function would lack what it imports, and leaves the findings in the assembly.
        """
        try:
            check_imports(root)
            services, schemas = discover(root), load_schemas(root / "schemas")
            bundles = {service.name: build(root, service, schemas, assembly, services) for service in services}
        except BundleRefused as refused:
            leave(refused.findings, assembly)
            raise
        if CDK_CLI in os.environ and not makes_bytecode():
            print(WITHOUT_BYTECODE, file=sys.stderr)
        return cls(services, schemas, bundles, prefix)


class Stage(cdk.Stage):
    """All stacks of one stage, under its name: `cdk deploy "dev/*"`, `cdk deploy dev/<service>`.

    With an account and a region the CDK deploys it there only: it refuses credentials of another account, unless that
    account's bootstrap stack trusts them (AWS CDK Developer Guide, "Configure environments to use with the AWS CDK").
    Raises PrefixRefused, StageRefused and NameTooLong when a name in AWS cannot begin so, NeedsRefused when a service
    does not get here what it declares to need, and ConcurrencyExceeded.
    """

    def __init__(self, app: cdk.App, name: str, project: Project, configuration: Configuration) -> None:
        names = Names(project.prefix, name)
        place = cdk.Environment(account=configuration.account, region=configuration.region)
        super().__init__(app, name, stage_name=names.beginning, env=place)
        _refuse_too_many(project.services)
        needs = _needs(app, name, names, project, configuration)
        workers = {service: got.maximum_concurrency for service, got in needs.items()}
        refuse_too_much(name, project.services, workers, project.commands, configuration)
        platform = PlatformStack(self, project.schemas, names, configuration, project.outside)
        platform.termination_protection = configuration.protected
        stacks: list[cdk.Stack] = [platform]
        for service in project.services:
            bundle, own = project.bundles[service.name], needs[service.name]
            stack = ServiceStack(self, service, project.schemas, bundle, names, configuration, own, project.commands)
            stack.termination_protection = configuration.protected
            stack.add_stack_dependency(platform)
            stacks.append(stack)
        if configuration.front_door is not None:
            self._open(project, names, configuration, configuration.front_door, behind=stacks)
        acknowledge(self)

    def _open(
        self, project: Project, names: Names, configuration: Configuration, door: FrontDoor, behind: Sequence[cdk.Stack]
    ) -> None:
        """Make the front door, deployed last: no command comes in that nobody hears yet."""
        stack = FrontDoorStack(self, project.services, project.schemas, names, configuration, door)
        stack.termination_protection = configuration.protected
        for one in behind:
            stack.add_stack_dependency(one)


def _refuse_too_many(services: Sequence[Service]) -> None:
    """Raise StageRefused where the policy of the bus has no room for them."""
    publishing = sum(bool(service.emits) for service in services)
    if publishing > MOST_SERVICES:
        raise StageRefused(
            f"{publishing} services publish, and the policy of a bus has room for {MOST_SERVICES} of which nobody else "
            "may say what they say. Fix: make two projects of this one"
        )


def _needs(app: cdk.App, stage: str, names: Names, project: Project, configuration: Configuration) -> dict[str, Needs]:
    """Return what each service gets. Raises NeedsRefused, and leaves the findings in the assembly."""
    context = app.node.get_all_context() or {}
    try:
        return needs_of(project.services, stage, names.beginning, configuration, context, project.counting)
    except NeedsRefused as refused:
        leave(refused.findings, Path(app.outdir))
        raise


def chosen(
    app: cdk.App, declared: Mapping[str, Configuration], *, personal: str
) -> Iterator[tuple[str, Configuration]]:
    """Yield the stages to make, with their arguments: the one that the context names, or all declared ones without it.

    So `cdk deploy --all` ships no more than one stage, and the checks look at each. A name that is not declared is a
    person's own stage. `personal`: the declared stage whose arguments such a one takes.
    Raises StageRefused when that one is protected, or when the context holds no name.
    """
    if declared[personal].protected:
        raise StageRefused(f"app.py: personal stages cannot take the arguments of {personal!r}, which is protected")
    stage = app.node.try_get_context(CONTEXT)
    if stage is None:
        yield from declared.items()
    elif isinstance(stage, str):
        yield stage, declared.get(stage, declared[personal])
    else:
        raise StageRefused(f'cdk.json: the context "{CONTEXT}" is {stage!r}: put the name of a stage there')


def new_app() -> cdk.App:
    """Make an app that synthesizes fast and reproducibly: nothing that slows it down or varies by machine.

    The templates are checked by cfn-lint in the tests, not by the validator that the CDK would run at each
    synthesis, which takes longer than all the rest. From here on, what is refused ends the run with a sentence.
    """
    print_refusals_without_traceback()
    app = cdk.App(
        outdir=os.environ.get("CDK_OUTDIR", "cdk.out"),
        builtin_cloud_formation_validation=False,
        analytics_reporting=False,
        stack_traces=False,
        tree_metadata=False,
    )
    ask_cdk_nag(app)
    return app
