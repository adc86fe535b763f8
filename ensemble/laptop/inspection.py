"""What can be looked at in a laptop AWS: queues, functions, tables, topics, buckets, failures and losses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ensemble.aws.entries import Event
from ensemble.aws.resources import NotRun
from ensemble.laptop.cloud import Cloud, named
from ensemble.laptop.cloudwatch.alarms import Alarm, Change
from ensemble.laptop.delivery import Loss
from ensemble.laptop.dynamodb import Image
from ensemble.laptop.functions import Function
from ensemble.laptop.gateway.apis import Gateway
from ensemble.laptop.gateway.serving import ADDRESS
from ensemble.laptop.invoker import Failure
from ensemble.laptop.messages import Message
from ensemble.laptop.queue_mapping import QueueMapping
from ensemble.laptop.queues import Queue
from ensemble.laptop.roles import Call, Role
from ensemble.laptop.storage import Published, Topic


class Inspection:
    """A view of what is deployed, and of what is `not_run`."""

    not_run: list[NotRun]
    _cloud: Cloud

    @property
    def queues(self) -> dict[str, Queue]:
        """All queues, by name."""
        return dict(self._cloud.queues)

    @property
    def queue_mappings(self) -> dict[str, QueueMapping]:
        """The mapping of each queue to its function, by the queue's name."""
        return dict(self._cloud.queue_mappings)

    @property
    def alarms(self) -> dict[str, Alarm]:
        """All alarms as they stand, by name."""
        return {alarm.name: alarm for alarm in self._cloud.alarms.all}

    @property
    def alarm_changes(self) -> list[Change]:
        """The latest changes of alarms' states, the oldest first."""
        return list(self._cloud.alarms.changes)

    @property
    def operations(self) -> dict[str, list[str]]:
        """The operations of AWS that are answered to any program, by service; those of DynamoDB are not listed."""
        return self._cloud.wire.operations

    @property
    def api_stages(self) -> list[str]:
        """The path at which each stage of a REST API is served, with a slash at its end."""
        apis = self._cloud.gateway.apis.values()
        return [f"{ADDRESS}/{api.id}/{stage}/" for api in apis for stage in sorted(api.stages)]

    @property
    def gateway(self) -> Gateway:
        """All REST APIs, and who may call them."""
        return self._cloud.gateway

    @property
    def functions(self) -> dict[str, Function]:
        """All functions, by name."""
        return dict(self._cloud.functions)

    @property
    def topics(self) -> dict[str, Topic]:
        """All topics, by name."""
        return dict(self._cloud.topics)

    @property
    def failures(self) -> list[Failure]:
        """The latest failed invocations, the oldest first."""
        return list(self._cloud.invoker.failures)

    @property
    def roles(self) -> dict[str, Role]:
        """All roles, by ARN."""
        return dict(self._cloud.roles.by_arn)

    @property
    def calls(self) -> Mapping[Call, int]:
        """How often each call was made by a role of the templates."""
        return dict(self._cloud.roles.calls)

    @property
    def calls_refused(self) -> Mapping[Call, int]:
        """How often each call was refused that a role does not permit."""
        return dict(self._cloud.roles.refused)

    @property
    def losses(self) -> list[Loss]:
        """What AWS would have lost without a word, lately: undeliverable, with no dead-letter queue that takes it."""
        return list(self._cloud.losses)

    @property
    def tables(self) -> list[str]:
        """The names of all tables."""
        return list(self._cloud.tables.names)

    @property
    def unheard(self) -> list[tuple[str, Event]]:
        """The latest events that no rule took by their type, each with its bus.

        A rule without a detail-type in its pattern, such as that of an audit, takes what is misspelt too, and so does
        not count. Replayed events are left out: most rules refuse them.
        """
        return list(self._cloud.buses.unheard)

    @property
    def rules(self) -> dict[str, list[str]]:
        """The names of the queues that each rule with a pattern sends to, by the rule's name."""
        names = {queue.arn: queue.name for queue in self._cloud.queues.values()}
        return {
            rule.name: [names[target.arn] for target in rule.targets if target.arn in names]
            for bus in self._cloud.buses.all
            for rule in bus.rules
            if rule.pattern is not None
        }

    def queue(self, name: str) -> Queue:
        """Return a queue. Raises ResourceNotFound."""
        return named(self._cloud.queues, name, "queue")

    def function(self, name: str) -> Function:
        """Return a function. Raises ResourceNotFound."""
        return named(self._cloud.functions, name, "function")

    def table_items(self, name: str) -> list[dict[str, Any]]:
        """Return all items of a table as plain values; numbers are Decimals. Raises ResourceNotFound."""
        return self._cloud.tables.items(name)

    def table_image(self, name: str, key: Mapping[str, Any]) -> Image | None:
        """Return an item by its key, both as the API writes them; None where there is none."""
        return self._cloud.tables.image(name, key)

    def table_images(self, name: str) -> list[Image]:
        """Return all items of a table as the API writes them."""
        return self._cloud.tables.images(name)

    def topic_messages(self, name: str) -> list[Published]:
        """Return the latest messages published to a topic. Raises ResourceNotFound."""
        return list(named(self._cloud.topics, name, "topic").messages)

    def bucket_objects(self, name: str) -> dict[str, Any]:
        """Return a bucket's objects, by key. Raises ResourceNotFound."""
        return dict(named(self._cloud.buckets, name, "bucket").objects)

    def dead_letters(self) -> dict[str, list[Message]]:
        """Return the messages of every dead-letter queue, of queues and of rule targets, that is not empty."""
        arns = {
            target.dead_letter_arn for bus in self._cloud.buses.all for rule in bus.rules for target in rule.targets
        }
        redriven = [queue.dead_letter_queue for queue in self._cloud.queues.values()]
        return {
            queue.name: queue.messages
            for queue in self._cloud.queues.values()
            if (queue.arn in arns or queue in redriven) and queue.messages
        }
