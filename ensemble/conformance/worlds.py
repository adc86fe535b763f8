"""The worlds that are asked: how each is opened, and left again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from botocore.session import Session
from moto import mock_aws

from ensemble.conformance.account import OnAnAccount
from ensemble.conformance.asking import Open
from ensemble.conformance.laptop import OnTheLaptop
from ensemble.conformance.needed import FUNCTION
from ensemble.conformance.questions import AS_GIVEN
from ensemble.conformance.simulator import in_the_simulator
from ensemble.deploy_check.emulator import installed, running

REGION, MOTO_ACCOUNT, EMULATED_ACCOUNT = "eu-west-1", "123456789012", "000000000000"

PATIENCE_HERE, PATIENCE_ON_AWS = 3.0, 60.0
"""How long is waited for what should come, in seconds: what runs on this machine answers at once."""

OpenWorld = Callable[[Path], AbstractContextManager[Open]]
"""Opens a world, in a project."""


@contextmanager
def the_laptop(_root: Path) -> Iterator[Open]:
    """Yield the laptop AWS."""
    yield OnTheLaptop()


@contextmanager
def simulator(_root: Path) -> Iterator[Open]:
    """Yield the simulator."""
    yield in_the_simulator


@contextmanager
def moto(_root: Path) -> Iterator[Open]:
    """Yield moto, in this process. Its functions need Docker, which is not asked for here."""
    with mock_aws():
        yield OnAnAccount(_clients(Session()), MOTO_ACCOUNT, REGION, PATIENCE_HERE, lacks=FUNCTION)


@contextmanager
def ministack(root: Path) -> Iterator[Open]:
    """Yield ministack, in a process of its own. Raises DeployCheckFailed where it cannot be installed or started."""
    with TemporaryDirectory(prefix="conformance-") as folder, running(installed(root), Path(folder)) as url:
        yield OnAnAccount(_clients(Session(), url), EMULATED_ACCOUNT, REGION, PATIENCE_HERE)


@contextmanager
def aws(_root: Path) -> Iterator[Open]:
    """Yield the AWS account that the environment's credentials are of. It costs some cents and takes an hour."""
    session = Session()
    region = session.get_config_variable("region")
    make = _clients(session, credentials={}, region=region)
    identity = make("sts").get_caller_identity()
    yield OnAnAccount(make, identity["Account"], region, PATIENCE_ON_AWS)


WORLDS: Mapping[str, OpenWorld] = {
    "laptop": the_laptop,
    "simulator": simulator,
    "moto": moto,
    "ministack": ministack,
    "aws": aws,
}

ANY = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}


def _clients(
    session: Session, url: str | None = None, credentials: Mapping[str, Any] = ANY, region: str = REGION
) -> Callable[[str], Any]:
    """Return what makes clients, each once."""
    made: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in made:
            made[service] = session.create_client(
                service, region_name=region, endpoint_url=url, config=AS_GIVEN, **credentials
            )
        return made[service]

    return client
