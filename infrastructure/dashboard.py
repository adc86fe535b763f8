"""The stage's dashboard: what goes on in all services, found by the names that everything of the stage begins with.

So it knows no service, and shows those of other teams. CloudWatch finds what had data within two weeks (Amazon
CloudWatch User Guide, "Using search expressions in graphs").
"""

from __future__ import annotations

from typing import cast

from aws_cdk import Duration, Fn, Stack
from aws_cdk.aws_cloudwatch import CfnDashboard, Dashboard, GraphWidget, IWidget, SearchExpression, TextWidget
from constructs import Construct

from infrastructure.alarms import WAITING_MESSAGES
from infrastructure.naming import OLDEST_MESSAGE, RUNBOOK, Names

WIDTH, HEIGHT = 12, 6
"""Of a graph, two of which are beside each other (Amazon CloudWatch API Reference, "Dashboard Body Structure")."""


def stage_dashboard(scope: Construct, names: Names) -> None:
    """Make it."""
    queues, functions = _named("QueueName", names), _named("FunctionName", names)
    not_dead, dead = f"{queues} NOT QueueName=dlq", f"{queues} QueueName=dlq"
    graphs = [
        _graph(
            "Oldest message, s: the lag of each service",
            _search("AWS/SQS,QueueName", OLDEST_MESSAGE, not_dead, "Maximum"),
        ),
        _graph(
            "Handled: messages taken out of queues", _search("AWS/SQS,QueueName", "NumberOfMessagesDeleted", not_dead)
        ),
        _graph("Dead letters", _search("AWS/SQS,QueueName", WAITING_MESSAGES, dead, "Maximum")),
        _graph("Failures and throttles of functions", *_of_functions(functions)),
        _graph("Waiting: events put off", _of_kit(names, "EventPostponed")),
        _graph("Breakers that opened", _of_kit(names, "BreakerOpened")),
        _graph("Workflows due, in time, and late", *_of_workflows(names)),
        _graph("Duration of functions, ms (p95)", _search("AWS/Lambda,FunctionName", "Duration", functions, "p95")),
    ]
    head = f"# {names.beginning}\nWhat an alarm means and what to type: `{RUNBOOK}` in the project's repository."
    pairs = [graphs[number : number + 2] for number in range(0, len(graphs), 2)]
    title = TextWidget(markdown=head, width=2 * WIDTH, height=2)
    dashboard = Dashboard(scope, "Dashboard", dashboard_name=names.dashboard, widgets=[[title], *pairs])
    made = cast("CfnDashboard", dashboard.node.default_child)
    made.dashboard_body = Fn.sub(str(Stack.of(scope).resolve(made.dashboard_body)))


def _named(dimension: str, names: Names) -> str:
    """Return what finds the values that begin with a stage's names: what is not in quotes is one word of a value
    (Amazon CloudWatch User Guide, "CloudWatch search expression syntax")."""
    return " ".join(f"{dimension}={word}" for word in names.beginning.split("-"))


def _of_functions(functions: str) -> list[SearchExpression]:
    return [_search("AWS/Lambda,FunctionName", name, functions) for name in ("Errors", "Throttles")]


def _of_workflows(names: Names) -> list[SearchExpression]:
    return [_of_kit(names, name) for name in ("WorkflowDue", "WorkflowInTime", "WorkflowLate")]


def _of_kit(names: Names, metric: str) -> SearchExpression:
    return _search(f'"{names.beginning}",service', metric)


def _graph(title: str, *searches: SearchExpression) -> IWidget:
    return GraphWidget(title=title, left=list(searches), width=WIDTH, height=HEIGHT, region="${AWS::Region}")


def _search(schema: str, metric: str, further: str = "", statistic: str = "Sum") -> SearchExpression:
    """Return all metrics of a name, a minute apart. `schema`: their namespace and dimension."""
    wanted = f'{{{schema}}} MetricName="{metric}" {further}'.rstrip()
    return SearchExpression(expression=f"SEARCH('{wanted}', '{statistic}', 60)", label="", period=Duration.minutes(1))
