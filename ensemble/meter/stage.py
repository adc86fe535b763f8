"""What the templates of a stage say that bears on its bill: functions, mappings, tables, and what runs by the month."""

from __future__ import annotations

from dataclasses import dataclass
from math import isinf
from pathlib import Path
from typing import Any

from ensemble.aws.assembly import account_of, read_assembly
from ensemble.aws.mappings import reading
from ensemble.aws.reading import Resource, resources_in
from ensemble.aws.resource_types import ARCHIVE, FUNCTION, MAPPING, TABLE
from ensemble.meter.items import Index, Table

ALARM, LOG_GROUP = "AWS::CloudWatch::Alarm", "AWS::Logs::LogGroup"
QUIET = "WARN"
"""The level of the system log at which Lambda leaves out what it says of each invocation that goes well (AWS Lambda
Developer Guide, "System log level event mapping")."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function: its memory in MB, whether Lambda samples traces of it, and how Lambda writes its own log lines."""

    name: str
    service: str
    memory: int
    is_arm: bool
    is_traced: bool
    log_format: str
    system_level: str


@dataclass(frozen=True, slots=True)
class Mapping:
    """An event source mapping: from a queue, or from a table's stream, by its name; `window` in seconds.

    `workers`: the most batches at a time; None: it has no maximum concurrency.
    """

    source: str
    function: str
    is_stream: bool
    batch_size: int
    window: float
    workers: int | None


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage as its templates have it.

    `alarm_metrics`: how many metrics its alarms look at. `archive_days`, `log_days`: how long these are kept.
    """

    functions: dict[str, Function]
    mappings: tuple[Mapping, ...]
    tables: dict[str, Table]
    alarm_metrics: int
    has_archive: bool
    archive_days: int
    log_days: int


def service_in(stack: str) -> str:
    """Return the service whose stack that is: `<prefix>-<stage>-<service>`."""
    return stack.split("-", 2)[-1]


def read_stage(assembly: Path) -> Stage:
    """Read a stage from its cloud assembly. Raises AssemblyUnreadable."""
    found = list(resources_in(read_assembly(assembly), account_of(assembly)))
    functions = {one.name: _function(one) for one in found if one.type == FUNCTION}
    archives = [one.properties for one in found if one.type == ARCHIVE]
    return Stage(
        functions=functions,
        mappings=tuple(_mapping(one.properties, functions) for one in found if one.type == MAPPING),
        tables={one.name: _table(one.properties) for one in found if one.type == TABLE},
        alarm_metrics=sum(_metrics_of(one.properties) for one in found if one.type == ALARM),
        has_archive=bool(archives),
        archive_days=max((int(one.get("RetentionDays", 0)) for one in archives), default=0),
        log_days=max(
            (int(one.properties.get("RetentionInDays", 0)) for one in found if one.type == LOG_GROUP), default=0
        ),
    )


def _function(one: Resource) -> Function:
    properties = one.properties
    logging = properties.get("LoggingConfig", {})
    return Function(
        name=one.name,
        service=service_in(one.stack),
        memory=int(properties.get("MemorySize", 128)),
        is_arm=properties.get("Architectures") == ["arm64"],
        is_traced=properties.get("TracingConfig", {}).get("Mode") == "Active",
        log_format=logging.get("LogFormat", "Text"),
        system_level=logging.get("SystemLogLevel", "INFO"),
    )


def _mapping(properties: dict[str, Any], functions: dict[str, Function]) -> Mapping:
    source, how = str(properties["EventSourceArn"]), reading(properties)
    is_stream = "/stream/" in source
    called = str(properties["FunctionName"]).split(":")
    return Mapping(
        source=source.partition("/")[2].partition("/")[0] if is_stream else source.rpartition(":")[2],
        function=next(part for part in called if part in functions),
        is_stream=is_stream,
        batch_size=how.batch_size,
        window=how.window,
        workers=None if isinf(how.maximum_concurrency) else int(how.maximum_concurrency),
    )


def _table(properties: dict[str, Any]) -> Table:
    indexes = [*properties.get("GlobalSecondaryIndexes", []), *properties.get("LocalSecondaryIndexes", [])]
    recovery = properties.get("PointInTimeRecoverySpecification", {})
    return Table(
        _key(properties),
        tuple(Index(_key(one), _shown(one["Projection"])) for one in indexes),
        bool(recovery.get("PointInTimeRecoveryEnabled", False)),
    )


def _key(properties: dict[str, Any]) -> tuple[str, ...]:
    return tuple(one["AttributeName"] for one in properties["KeySchema"])


def _shown(projection: dict[str, Any]) -> frozenset[str] | None:
    return None if projection["ProjectionType"] == "ALL" else frozenset(projection.get("NonKeyAttributes", ()))


def _metrics_of(alarm: dict[str, Any]) -> int:
    """Return how many metrics an alarm looks at; each is billed (Amazon CloudWatch pricing, "Alarms")."""
    return sum("MetricStat" in query for query in alarm.get("Metrics", [])) or 1
