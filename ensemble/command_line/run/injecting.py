"""Faults of a running `ensemble up`, switched on and off from another terminal or the console."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from ensemble.aws.errors import AwsError, Killed
from ensemble.aws.service_resources import consumer_of
from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.run.control import Question
from ensemble.command_line.run.injectable import INJECTABLE, Of, listed
from ensemble.laptop import Laptop
from ensemble.laptop.answers import Answer, json_answer, json_error
from ensemble.scenario.sandboxes import Sandboxes
from ensemble.simulator.faults import Fault
from infrastructure.naming import DEAD_LETTER_SUFFIX, Names

STAGE = "stage"
"""What a fault of no single service is switched on for."""

THROTTLED = AwsError("ProvisionedThroughputExceededException", "The level of configured throughput was exceeded.")
DATABASE_FAILED = AwsError("InternalServerError", "The request could not be processed.", 500)
BUS_FAILED = AwsError("InternalException", "This exception occurs due to unexpected causes.", 500)
"""Source: the API references of DynamoDB and EventBridge, "Common errors" and PutEvents."""


class Injected:
    """What is switched on. It strikes where the laptop lets others in: around invocations and around requests."""

    def __init__(self, laptop: Laptop, names: Names, sandboxes: Sandboxes) -> None:
        self._laptop, self._names, self._sandboxes = laptop, names, sandboxes
        self._on: dict[Fault, set[str]] = defaultdict(set)
        self._times: Counter[tuple[Fault, str]] = Counter()
        laptop.before_invoke(lambda function, _: self._begin(function))
        laptop.after_invoke(lambda function, _: self._end(function))
        laptop.around_requests(self._around)

    def questions(self) -> dict[str, Question]:
        """Return what may be asked of it."""
        return {"faults": lambda _: self.listed(), "fault": self.switch}

    def listed(self) -> dict[str, Any]:
        """Return all faults that can be switched, and what each is on for."""
        return listed(self._targets(), self._on)

    def switch(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Switch a `fault`, by its name, on or off (`on`) for a `target`. Raises UsageRefused."""
        found = [one for one in INJECTABLE if one.fault.name == asked.get("fault")]
        if not found or not isinstance(asked.get("on"), bool):
            raise UsageRefused(
                f"a fault is switched on or off: one of {', '.join(one.fault.name for one in INJECTABLE)}"
            )
        (one,), target = found, str(asked.get("target", STAGE))
        targets = self._targets()[one.of]
        if target not in targets:
            raise UsageRefused(f"{one.fault.name} is of one of: {', '.join(targets) or 'nothing here'}")
        (self._on[one.fault].add if asked["on"] else self._on[one.fault].discard)(target)
        with self._laptop.engine.lock:
            self._changed(one.fault, target, is_on=asked["on"])
        return self.listed()

    def _targets(self) -> dict[Of, list[str]]:
        consumers = (consumer_of(one.handler) for one in self._laptop.functions.values())
        services = sorted({service for service in consumers if service is not None})
        stopped = [name for name, one in self._sandboxes.items() if hasattr(one, "stop") and hasattr(one, "start")]
        return {Of.SERVICE: services, Of.SANDBOX: stopped, Of.STAGE: [STAGE]}

    def _changed(self, fault: Fault, target: str, *, is_on: bool) -> None:
        """Do what is done once, and not at each request."""
        match fault:
            case Fault.DELIVERED_TWICE:
                self._laptop.duplicate_deliveries = 2 if is_on else 1
            case Fault.DELIVERED_LATE:
                for name, queue in self._laptop.queues.items():
                    if name.startswith(f"{self._names.consumer(target)}-") and not name.endswith(DEAD_LETTER_SUFFIX):
                        queue.out_of_service = is_on
            case Fault.PROVIDER_DOWN:
                sandbox = self._sandboxes[target]
                (sandbox.stop if is_on else sandbox.start)()

    def _begin(self, function: str) -> None:
        if self._is_on(Fault.OUTAGE, function):
            raise Killed("it ends at each start: the console switched this on")

    def _end(self, function: str) -> None:
        if self._is_on(Fault.CRASH, function) and self._is_turn(Fault.CRASH, function, 2):
            raise Killed("it ends after its work: the console switched this on")

    def _around(self, headers: Mapping[str, str], body: bytes, answer: Callable[[], Answer]) -> Answer:
        target = headers.get("x-amz-target", "")
        if target.startswith("DynamoDB_"):
            return self._of_table(body, answer)
        return self._of_bus(body, answer) if target == "AWSEvents.PutEvents" else answer()

    def _of_table(self, body: bytes, answer: Callable[[], Answer]) -> Answer:
        def is_struck(fault: Fault) -> bool:
            return any(f'"{self._names.table(service)}"'.encode() in body for service in self._on[fault])

        if is_struck(Fault.TABLE_THROTTLED):
            return json_error(THROTTLED)
        if is_struck(Fault.DATABASE_DOWN):
            return json_error(DATABASE_FAILED)
        if is_struck(Fault.ANSWER_LOST) and self._is_turn(Fault.ANSWER_LOST, "", 3):
            answer()
            return json_error(DATABASE_FAILED)
        return answer()

    def _of_bus(self, body: bytes, answer: Callable[[], Answer]) -> Answer:
        entries = json.loads(body)["Entries"] if self._on[Fault.BUS_DOWN] or self._on[Fault.ENTRIES_FAILED] else []
        sources = {one["Source"] for one in entries}
        if sources & self._on[Fault.BUS_DOWN]:
            return json_error(BUS_FAILED)
        if sources & self._on[Fault.ENTRIES_FAILED] and self._is_turn(Fault.ENTRIES_FAILED, "", 2):
            refused = {"ErrorCode": "InternalFailure", "ErrorMessage": "The console switched this on."}
            return json_answer(200, {"FailedEntryCount": len(entries), "Entries": [refused for _ in entries]})
        return answer()

    def _is_on(self, fault: Fault, function: str) -> bool:
        return any(self._names.consumer(service) == function for service in self._on[fault])

    def _is_turn(self, fault: Fault, of: str, times: int) -> bool:
        """Whether it strikes this time: each so many times."""
        self._times[fault, of] += 1
        return self._times[fault, of] % times == 0
