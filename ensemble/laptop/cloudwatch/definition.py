"""An alarm as its template has it: which metrics it looks at, and when it goes off."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ensemble.aws.errors import DeploymentRefused, PropertyUnsupported
from ensemble.laptop.cloudwatch.expressions import Expression
from ensemble.laptop.cloudwatch.metrics import MINUTE, STATISTICS, Metric, Metrics, Series
from ensemble.laptop.cloudwatch.verdict import MORE_PERIODS, TREATMENTS

MEASURED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "AWS/Events": ("RuleName", ("Invocations",)),
    "AWS/Lambda": ("FunctionName", ("Duration", "Errors", "Invocations", "Throttles")),
    "AWS/SQS": ("QueueName", ("ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible")),
}
"""The dimension and the names of the metrics that are measured here of AWS's own services, by namespace."""

OF_AWS = "AWS/"
"""What the namespaces of AWS's own services begin with."""

ALIAS = "Resource"
"""The dimension of a function's alias. Here an alias stands for its function, and nothing is invoked beside it."""

REQUIRED = ("ComparisonOperator", "EvaluationPeriods", "Threshold")
"""What an alarm must have that compares with a fixed number."""

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}


@dataclass(frozen=True, slots=True)
class Measure:
    """A statistic of a metric over periods of so many seconds."""

    metric: Metric
    statistic: str
    period: int

    @classmethod
    def of(cls, metric: Mapping[str, Any], statistic: Any, period: Any) -> Measure:
        """Read one as a template or a request has it. Raises PropertyUnsupported."""
        dimensions = {str(one["Name"]): str(one["Value"]) for one in metric.get("Dimensions", ())}
        namespace, name = str(metric.get("Namespace", "")), str(metric.get("MetricName", ""))
        if namespace == "AWS/Lambda":
            dimensions.pop(ALIAS, None)
        measured = Metric.of(namespace, name, dimensions)
        if namespace.startswith(OF_AWS):
            dimension, names = MEASURED.get(namespace, ("", ()))
            if name not in names or list(dimensions) != [dimension]:
                raise PropertyUnsupported(f"it looks at {measured}, which is not measured here")
        if statistic not in STATISTICS:
            raise PropertyUnsupported(f"it looks at the statistic {statistic}; of these there are {STATISTICS}")
        seconds = int(period or 0)
        if seconds < MINUTE or seconds % MINUTE:
            raise PropertyUnsupported(f"its period is {seconds} s, and only whole minutes are run")
        return cls(measured, str(statistic), seconds)


@dataclass(frozen=True, slots=True)
class Queries:
    """Measures by their ids, and the expressions over them, of which `returned` is what is asked for."""

    measures: Mapping[str, Measure]
    expressions: Mapping[str, Expression]
    returned: tuple[str, ...]

    @classmethod
    def of(cls, queries: Any) -> Queries:
        """Read them as an alarm or GetMetricData has them. Raises PropertyUnsupported."""
        for one in queries:
            if "MetricStat" not in one and "Expression" not in one:
                raise PropertyUnsupported(f"its query {one['Id']} has neither a metric nor an expression")
        stats = {one["Id"]: one["MetricStat"] for one in queries if "MetricStat" in one}
        measures = {id: Measure.of(stat["Metric"], stat["Stat"], stat["Period"]) for id, stat in stats.items()}
        expressions = {
            one["Id"]: Expression(str(one["Expression"]), measures) for one in queries if "MetricStat" not in one
        }
        returned = tuple(one["Id"] for one in queries if one.get("ReturnData", True))
        return cls(measures, expressions, returned)

    @property
    def period(self) -> int:
        """The longest of their periods, by which an expression is made (GetMetricData, Period)."""
        return max((measure.period for measure in self.measures.values()), default=MINUTE)

    def series(self, metrics: Metrics, start: int, end: int) -> dict[str, Series]:
        """Return the values of each that is returned, of the periods from `start` on that begin before `end`."""
        found = {
            id: metrics.series(one.metric, one.statistic, one.period, start, end) for id, one in self.measures.items()
        }
        periods = range(start, end, self.period)
        return {
            id: self.expressions[id].value(found, periods) if id in self.expressions else found[id]
            for id in self.returned
        }


@dataclass(frozen=True, slots=True)
class Definition:
    """An alarm: it goes off when `needed` of the last `periods` values compare so with the threshold.

    `actions`: the ARNs that are told of each state. `warm_up`: seconds after it was made in which it is not evaluated,
    unless there is data for all its periods before. `template`: its properties, for whoever asks for them.
    """

    name: str
    arn: str
    queries: Queries
    needed: int
    periods: int
    comparison: str
    threshold: float
    missing: str
    warm_up: float
    actions: Mapping[str, tuple[str, ...]]
    template: Mapping[str, Any]

    @property
    def description(self) -> str:
        """What its makers say that it means."""
        return str(self.template.get("AlarmDescription", ""))

    @property
    def span(self) -> int:
        """How many seconds back it looks."""
        return (self.periods + MORE_PERIODS) * self.queries.period

    def breaches(self, value: float) -> bool:
        """Whether a value is one that the alarm tells of."""
        return COMPARISONS[self.comparison](value, self.threshold)


def read_alarm(name: str, arn: str, properties: Mapping[str, Any]) -> Definition:
    """Read an alarm from its resolved properties.

    Raises PropertyUnsupported for what is not run here, and DeploymentRefused for what CloudWatch would refuse.
    """
    for member in REQUIRED:
        if member not in properties:
            raise DeploymentRefused(f"the alarm {name} has no {member}")
    queries = Queries.of(properties["Metrics"]) if "Metrics" in properties else _single(properties)
    if len(queries.returned) != 1:
        raise DeploymentRefused(f"the alarm {name} returns {len(queries.returned)} values, and must return one")
    periods = int(properties["EvaluationPeriods"])
    needed = int(properties.get("DatapointsToAlarm", periods))
    missing, comparison = properties.get("TreatMissingData", "missing"), properties["ComparisonOperator"]
    if not 1 <= needed <= periods:
        raise DeploymentRefused(f"the alarm {name} wants {needed} datapoints of {periods}")
    if missing not in TREATMENTS:
        raise DeploymentRefused(f"the alarm {name} treats missing data as {missing!r}, not as one of {TREATMENTS}")
    if comparison not in COMPARISONS:
        raise PropertyUnsupported(f"its ComparisonOperator is {comparison}, which is not run")
    is_told = properties.get("ActionsEnabled", True)
    return Definition(
        name=name,
        arn=arn,
        queries=queries,
        needed=needed,
        periods=periods,
        comparison=comparison,
        threshold=float(properties["Threshold"]),
        missing=missing,
        warm_up=_warm_up(properties.get("WarmUpConfiguration", {})),
        actions={
            state: tuple(properties.get(member, ())) if is_told else ()
            for state, member in (("ALARM", "AlarmActions"), ("OK", "OKActions"))
        },
        template=properties,
    )


def _single(properties: Mapping[str, Any]) -> Queries:
    """Return what an alarm on a single metric looks at."""
    measure = Measure.of(properties, properties.get("Statistic"), properties.get("Period"))
    return Queries({"value": measure}, {}, ("value",))


def _warm_up(configuration: Mapping[str, Any]) -> float:
    if configuration.get("OnlyStartEvaluatingAfterWarmUpPeriodEnds"):
        raise PropertyUnsupported("it has OnlyStartEvaluatingAfterWarmUpPeriodEnds, which is not run")
    return float(configuration.get("WarmUpPeriodDurationInMinutes", 0)) * MINUTE
