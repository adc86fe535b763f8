"""EventBridge Scheduler: schedules that send to a queue, a bus, a topic or a function."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ensemble.aws.entries import instant as instant_of
from ensemble.aws.entries import rfc3339
from ensemble.aws.errors import AwsError, DeploymentRefused, PropertyUnsupported
from ensemble.aws.input_templates import compact
from ensemble.aws.resources import Resource
from ensemble.aws.schedules import Schedule, Within, schedule_of
from ensemble.aws.targets import kind_of
from ensemble.laptop.asynchronous import Accepted
from ensemble.laptop.cloud import Cloud
from ensemble.laptop.delivery import LONGEST_BACKOFF_SECONDS
from ensemble.laptop.engine import Appointment

ACTIONS = {
    "event-bus": "events:PutEvents",
    "lambda": "lambda:InvokeFunction",
    "sns": "sns:Publish",
    "sqs": "sqs:SendMessage",
}
"""What a schedule does by its role, by the kind of its target."""

OWN = {"Arn", "DeadLetterConfig", "EventBridgeParameters", "Input", "RetryPolicy", "RoleArn", "SqsParameters"}

Send = Callable[[str], None]
"""Sends an input to the target. Raises AwsError."""


@dataclass(eq=False)
class Scheduled:
    """A schedule that runs. `send` is done with its input whenever it is due; `_next` is when that is."""

    cloud: Cloud
    resource: Resource
    schedule: Schedule
    send: Send
    waiting: int = 0
    _next: Appointment | None = field(default=None)

    def start(self, after: float) -> None:
        """Run at the first instant after this one, and at no other."""
        self._be_due(self.schedule.after(after))

    def state(self) -> dict[str, Any]:
        """Return when it is due next."""
        return {"due": None if self._next is None else self._next.due}

    def resume(self, state: Mapping[str, Any]) -> None:
        """Be due when another schedule of this name was, if that was earlier; what has run does not run again."""
        self.start(self.cloud.engine.clock.now())
        due = state["due"]
        if due is not None and (self._next is None or due < self._next.due):
            self._be_due(due)

    def _be_due(self, due: float | None) -> None:
        engine = self.cloud.engine
        if self._next is not None:
            engine.cancel(self._next)
        self._next = None if due is None else engine.at(due, lambda: self._run(due), in_background=True)

    def _run(self, due: float) -> None:
        self.start(max(due, self.cloud.engine.clock.now()))
        self._try(due, 0)

    def _try(self, due: float, retries: int) -> None:
        """Send the input, again and again while that may help, then to the dead-letter queue."""
        payload = self._input(due, retries + 1)
        policy = self.resource.properties["Target"].get("RetryPolicy", {})
        try:
            self.send(payload)
        except AwsError as error:
            backoff = min(2**retries, LONGEST_BACKOFF_SECONDS)
            is_old = self.cloud.engine.clock.now() + backoff - due > policy.get("MaximumEventAgeInSeconds", 86_400)
            if error.status < 500 or is_old or retries >= int(policy.get("MaximumRetryAttempts", 185)):
                self._give_up(payload, due, retries, error)
            else:
                self.cloud.engine.after(backoff, lambda: self._try(due, retries + 1))

    def _give_up(self, payload: str, due: float, retries: int, error: AwsError) -> None:
        """Keep an input that could not be sent (Amazon EventBridge Scheduler User Guide, "Configuring a schedule's
        dead-letter queue in EventBridge Scheduler")."""
        target = self.resource.properties["Target"]
        queue = self.cloud.queues_by_arn.get(target.get("DeadLetterConfig", {}).get("Arn", ""))
        if queue is None:
            self.cloud.lose(self.resource.arn, payload, str(error))
            return
        said = {
            "ERROR_CODE": error.code,
            "ERROR_MESSAGE": error.message,
            "RETRY_ATTEMPTS": str(retries),
            "SCHEDULED_TIME": rfc3339(due),
            "SCHEDULE_ARN": self.resource.arn,
            "TARGET_ARN": target["Arn"],
        }
        queue.send(payload, {name: {"DataType": "String", "StringValue": value} for name, value in said.items()})

    def _input(self, due: float, attempt: int) -> str:
        """Return the input of an attempt, with what it asks of the schedule (the same guide, "Adding context
        attributes": each attempt has an id); without one that of a rule with a schedule, whose detail is a text."""
        arn, id, account = self.resource.arn, self.cloud.identifiers.uuid(), self.cloud.account
        given = self.resource.properties["Target"].get("Input")
        if given is None:
            event = {"version": "0", "id": id, "detail-type": "Scheduled Event", "source": "aws.scheduler"}
            event |= {"account": account.account_id, "time": rfc3339(due), "region": account.region}
            return compact({**event, "resources": [arn], "detail": "{}"})
        text = str(given).replace("<aws.scheduler.schedule-arn>", arn).replace("<aws.scheduler.execution-id>", id)
        text = text.replace("<aws.scheduler.scheduled-time>", rfc3339(due))
        return text.replace("<aws.scheduler.attempt-number>", str(attempt))


def deploy_schedule(cloud: Cloud, resource: Resource) -> list[str]:
    """Make a schedule; one that is disabled is never due. Return what of it is not run."""
    properties, now = resource.properties, cloud.engine.clock.now()
    start, end = (_instant(properties.get(name)) for name in ("StartDate", "EndDate"))
    try:
        zone = properties.get("ScheduleExpressionTimezone", "UTC")
        schedule = schedule_of(properties["ScheduleExpression"], zone, now if start is None else start)
    except ValueError as error:
        expression = properties["ScheduleExpression"]
        raise DeploymentRefused(f"{resource} has the schedule {expression}, which is not valid: {error}") from error
    within = Within(schedule, -math.inf if start is None else start, math.inf if end is None else end)
    made = Scheduled(cloud, resource, within, _send_of(cloud, resource))
    if properties.get("State", "ENABLED") == "ENABLED":
        cloud.held[f"schedule {resource.name}"] = made
        made.start(math.nextafter(now, -math.inf))
    is_flexible = properties.get("FlexibleTimeWindow", {}).get("Mode") == "FLEXIBLE"
    return ["it runs where its flexible window begins"] if is_flexible else []


def _instant(text: Any) -> float | None:
    return None if text is None else instant_of(text)


def _send_of(cloud: Cloud, resource: Resource) -> Send:
    """Return what sends an input to the schedule's target."""
    target = resource.properties["Target"]
    arn, kind = target["Arn"], kind_of(target["Arn"])
    function, topic, queue = cloud.functions_by_arn.get(arn), cloud.topics_by_arn.get(arn), cloud.queues_by_arn.get(arn)
    bus = cloud.buses.find(arn)
    if kind not in ACTIONS or (function or topic or queue or bus) is None:
        raise PropertyUnsupported(f"its target {arn} is not run: only queues, functions, topics and buses here are")
    if unsupported := sorted(set(target) - OWN):
        raise PropertyUnsupported(f"its target has {', '.join(unsupported)}, which is not run")
    group = target.get("SqsParameters", {}).get("MessageGroupId")
    about = target.get("EventBridgeParameters", {})

    def send(payload: str) -> None:
        keys = {"events:source": [about.get("Source", "")], "events:detail-type": [about.get("DetailType", "")]}
        if not cloud.roles.permit(target["RoleArn"], ACTIONS[kind], arn, keys if bus else None):
            raise AwsError("AccessDeniedException", f"the role of {resource} does not let it {ACTIONS[kind]} on {arn}")
        if function is not None:
            cloud.asynchronous.invoke_at(cloud.engine.clock.now(), Accepted(function, payload, None))
        elif topic is not None:
            topic.publish(payload)
        elif queue is not None:
            if queue.out_of_service:
                raise AwsError("ServiceUnavailable", f"{arn} is out of service", 503)
            queue.send(payload, group_id=group)
        else:
            entry = {"EventBusName": arn, "Detail": payload, **about}
            (result,) = cloud.buses.put_events([entry])["Entries"]
            if "ErrorCode" in result:
                raise AwsError(result["ErrorCode"], result["ErrorMessage"])

    return send
