"""A service of two commands, and a stage that has its bus, its table and a front door, and nothing else."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk.aws_events import CfnEventBus

from ensemble.aws.entries import Event
from ensemble.contracts.schemas import End, Schemas
from ensemble.laptop import Laptop, VirtualClock
from functions.kit.model import Decision, Service, on, unchanged
from functions.kit.model import Event as Heard
from infrastructure.configuration import Configuration
from infrastructure.door import FrontDoor, Rate
from infrastructure.front_door import FrontDoorStack
from infrastructure.naming import Names
from tests.toolkit.front_door.calling import REGION, Caller

NAMES = Names("post", "dev")
POOL = "arn:aws:cognito-idp:eu-west-1:111111111111:userpool/eu-west-1_People"
DOOR = FrontDoor(publishers={"counter": Rate(10, 100)}, user_pools=[POOL])


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel: who sent it, how heavy it is, whether it is insured."""

    status: str
    sender: str
    grams: int
    is_insured: bool


def stay(parcel: Parcel | None, _: Heard) -> Decision:
    return unchanged(parcel)


PARCEL = Service(
    name="parcel",
    key="parcel_id",
    state=Parcel,
    reactions=(
        on("SendParcel", stay, reads=("parcel_id", "sender"), emits=()),
        on("StopParcel", stay, reads=("parcel_id",), emits=()),
    ),
    status=("status", "grams", "is_insured"),
)

TEXT = {"type": "string", "description": "A text.", "minLength": 1, "maxLength": 300}


def schema(**properties: Any) -> dict[str, Any]:
    """Return a schema with these properties, all required, which names a parcel."""
    named = {"parcel_id": TEXT, **properties}
    return {"description": "A command.", "type": "object", "required": [*named], "properties": named}


def schemas(**versions: Mapping[str, dict[str, Any]]) -> Schemas:
    """Return the schemas of the two commands, some of them with other versions."""
    known = {
        "SendParcel": {"1.0": schema(sender=TEXT | {"x-subject": True})},
        "StopParcel": {"1.0": schema()},
        **versions,
    }
    ends: dict[str, dict[str, End]] = {"SendParcel": {"1.0": End(date(2026, 1, 1))}}
    return Schemas(dict.fromkeys(known, "counter"), known, ends, {})


def synthesized(
    outdir: Path, door: FrontDoor = DOOR, known: Schemas | None = None, *, has_bus: bool = True
) -> dict[str, Any]:
    """Write the assembly of a stage, and return the template of its front door."""
    configuration = Configuration(
        protected=False,
        memory_megabytes=128,
        log_retention_days=7,
        archive_days=7,
        maximum_concurrency=2,
        front_door=door,
    )
    app = cdk.App(outdir=str(outdir), builtin_cloud_formation_validation=False, analytics_reporting=False)
    stage = cdk.Stage(app, "dev", stage_name=NAMES.beginning)
    FrontDoorStack(stage, (PARCEL,), known or schemas(), NAMES, configuration, door)
    rest = cdk.Stack(stage, "rest")
    if has_bus:
        CfnEventBus(rest, "Bus", name=NAMES.bus)
    cdk.CfnResource(
        rest,
        "Table",
        type="AWS::DynamoDB::Table",
        properties={
            "TableName": NAMES.table("parcel"),
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        },
    )
    app.synth()
    (template,) = (outdir / "assembly-dev").glob("devfrontdoor*.template.json")
    content: dict[str, Any] = json.loads(template.read_text())
    return content


class Post:
    """A served stage: who calls its front door, and what came on its bus."""

    def __init__(self, laptop: Laptop) -> None:
        self.laptop = laptop
        self.put: list[Event] = []
        laptop.on_event(lambda _bus, event: self.put.append(event))
        (path,) = laptop.api_stages
        self.address = laptop.serve().url + path
        self._key = NAMES.caller("counter")

    @property
    def counter(self) -> Caller:
        """The publisher."""
        return Caller(self.address, f"{self._key}-{REGION}", self._key)

    def person(self, name: str | None, pool: str = "eu-west-1_People") -> Caller:
        """Somebody with a token of a user pool; None: with a text that is none."""
        claims = {"sub": name, "iss": f"https://cognito-idp.eu-west-1.amazonaws.com/{pool}", "token_use": "id"}
        content = urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        return Caller(self.address, None, self._key, token="none" if name is None else f"e30.{content}.signature")

    def has(self, parcel: str, **state: Any) -> None:
        """Put a row into the table as the kit writes it."""
        item = {
            "pk": {"S": f"parcel_id#{parcel}"},
            "state": {"S": json.dumps(state) if state else "null"},
            "correlation_id": {"S": "w-1"},
        }
        request = json.dumps({"TableName": NAMES.table("parcel"), "Item": item}).encode()
        assert self.laptop.answer({"x-amz-target": "DynamoDB_20120810.PutItem"}, request).status == 200


@contextmanager
def opened(outdir: Path) -> Iterator[Post]:
    """Run what was synthesized."""
    with Laptop(outdir / "assembly-dev", VirtualClock("2026-01-01T00:00:00Z")) as laptop:
        yield Post(laptop)
