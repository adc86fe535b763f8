"""What a laptop AWS holds, as JSON: taken from one account, given to another of the same stacks or of changed ones.

Not in it: the code of functions and what that has in memory, what was printed, failures and losses, moves of messages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from ensemble.aws.rules import Rule
from ensemble.laptop.archives import Replay
from ensemble.laptop.asynchronous import Accepted
from ensemble.laptop.cloud import Cloud
from ensemble.laptop.delivery import Delivery
from ensemble.laptop.mappings import EventSourceMapping
from ensemble.laptop.messages import Message
from ensemble.laptop.rule_targets import aim
from ensemble.laptop.storage import Published
from ensemble.laptop.stream_mapping import records_in
from ensemble.laptop.streams import StreamRecord

State = dict[str, Any]
Lost = list[str]
"""What had no place in the other account, each as `3 messages of the queue NAME`."""


def state_of(cloud: Cloud) -> State:
    """Return what an account holds. Whoever asks holds the engine's lock."""
    cloud.tables.drain()
    now = cloud.engine.clock.now()
    return {
        "identifiers": cloud.identifiers.successor(),
        "tables": {name: cloud.tables.images(name) for name in cloud.tables.names},
        "streams": {name: stream.next_number for name, stream in cloud.streams.items()},
        "stream_records": {name: [asdict(one) for one in stream.kept(now)] for name, stream in cloud.streams.items()},
        "stream_mappings": {name: mapping.state() for name, mapping in cloud.stream_mappings.items()},
        "switched": {id: one.is_enabled for id, one in _switches(cloud).items() if one.is_switched},
        "targets": {rule.arn: rule.put for rule in _rules(cloud).values() if rule.put is not None},
        "queues": {name: [asdict(message) for message in queue.messages] for name, queue in cloud.queues.items()},
        "topics": {name: [asdict(one) for one in topic.messages] for name, topic in cloud.topics.items()},
        "buckets": {name: bucket.objects for name, bucket in cloud.buckets.items()},
        "archives": {archive.arn: archive.state() for bus in cloud.buses.all for archive in bus.archives},
        "replays": [asdict(replay) for replay in cloud.buses.replays.values()],
        "schedules": cloud.buses.schedules,
        "deliveries": [_delivery(delivery, due) for delivery, due in cloud.courier.under_way.items()],
        "invocations": [_invocation(accepted, due) for accepted, due in cloud.asynchronous.under_way.items()],
        "alarms": cloud.alarms.state(),
        "held": {name: {"waiting": one.waiting, "kept": one.state()} for name, one in cloud.held.items()},
    }


def restore(cloud: Cloud, state: State) -> Lost:
    """Give an account that holds nothing yet what another held; return what has no place in it.

    Instants stay as they are: what has come due meanwhile is due at once.
    """
    cloud.identifiers.go_on_from(state["identifiers"])
    cloud.alarms.restore(state.get("alarms", {}))
    _switch(cloud, state.get("switched", {}))
    _aim(cloud, state.get("targets", {}))
    return [
        *_tables(cloud, state),
        *_queues(cloud, state),
        *_streams(cloud, state),
        *_storage(cloud, state),
        *_buses(cloud, state),
        *_under_way(cloud, state),
        *_held(cloud, state.get("held", {})),
    ]


def _switch(cloud: Cloud, switched: dict[str, bool]) -> None:
    """Leave on or off what somebody has switched: a deployment changes what its templates change."""
    switches = _switches(cloud)
    for id in switched.keys() & switches.keys():
        switches[id].is_enabled = switched[id]


def _aim(cloud: Cloud, targets: dict[str, list[dict[str, Any]]]) -> None:
    """Leave rules with the targets that somebody has given them."""
    rules = _rules(cloud)
    for arn in targets.keys() & rules.keys():
        aim(rules[arn], targets[arn], cloud.left_out)


def _switches(cloud: Cloud) -> dict[str, EventSourceMapping | Rule]:
    """Return what can be switched off: mappings by their UUIDs, and rules by their ARNs."""
    return {**cloud.mappings, **_rules(cloud)}


def _rules(cloud: Cloud) -> dict[str, Rule]:
    return {rule.arn: rule for bus in cloud.buses.all for rule in bus.rules}


def _held(cloud: Cloud, held: dict[str, State]) -> Iterator[str]:
    """Let go on what keeps its own state."""
    for name, one in held.items():
        if name in cloud.held:
            cloud.held[name].resume(one["kept"])
        else:
            yield from _lost(one["waiting"], "record", f"the {name}")


def _tables(cloud: Cloud, state: State) -> Iterator[str]:
    for name, images in state["tables"].items():
        refused = cloud.tables.restore(name, images) if name in cloud.tables.names else len(images)
        yield from _lost(refused, "item", f"the table {name}")


def _queues(cloud: Cloud, state: State) -> Iterator[str]:
    for name, messages in state["queues"].items():
        if name not in cloud.queues:
            yield from _lost(len(messages), "message", f"the queue {name}")
            continue
        for message in messages:
            cloud.queues[name].restore(Message(**message))


def _streams(cloud: Cloud, state: State) -> Iterator[str]:
    """Let streams go on with their numbers, and their mappings with the records that were still to be handled."""
    for name, number in state["streams"].items():
        if name in cloud.streams:
            cloud.streams[name].next_number = number
            cloud.streams[name].keep(StreamRecord(**one) for one in state.get("stream_records", {}).get(name, []))
    for name, waiting in state["stream_mappings"].items():
        if name in cloud.stream_mappings:
            cloud.stream_mappings[name].resume(waiting)
        else:
            yield from _lost(records_in(waiting), "record", f"the mapping {name}")


def _storage(cloud: Cloud, state: State) -> Iterator[str]:
    for name, messages in state["topics"].items():
        if name in cloud.topics:
            cloud.topics[name].messages.extend(Published(**message) for message in messages)
        else:
            yield from _lost(len(messages), "message", f"the topic {name}")
    for name, objects in state["buckets"].items():
        if name in cloud.buckets:
            cloud.buckets[name].objects.update(objects)
        else:
            yield from _lost(len(objects), "object", f"the bucket {name}")


def _buses(cloud: Cloud, state: State) -> Iterator[str]:
    archives = {archive.arn: archive for bus in cloud.buses.all for archive in bus.archives}
    for arn, events in state["archives"].items():
        if arn in archives:
            archives[arn].restore(events)
        else:
            yield from _lost(len(events), "event", f"the archive {arn.rpartition('/')[2]}")
    for replay in state["replays"]:
        if replay["archive_arn"] in archives:
            cloud.buses.resume_replay(Replay(**replay))
    cloud.buses.hasten_schedules(state["schedules"])


def _under_way(cloud: Cloud, state: State) -> Iterator[str]:
    """Let the events go on that are on their way to targets of rules and to functions."""
    rules = _rules(cloud)
    for one in state["deliveries"]:
        due, rule_arn, target_arn = one.pop("due"), one.pop("rule"), one.pop("target")
        rule = rules.get(rule_arn)
        target = next((target for target in _targets(rule) if target.arn == target_arn), None)
        if rule is None or target is None:
            yield from _lost(1, "event", f"the rule {rule_arn.rpartition('/')[2]}")
        else:
            cloud.courier.deliver_at(due, Delivery(rule, target, **one))
    for one in state["invocations"]:
        due, function = one.pop("due"), cloud.functions_by_arn.get(one["function"])
        if function is None:
            yield from _lost(1, "event", f"the function {one['function'].rpartition(':')[2]}")
        else:
            cloud.asynchronous.invoke_at(due, Accepted(**{**one, "function": function}))


def _targets(rule: Rule | None) -> list[Any]:
    return [] if rule is None else rule.targets


def _delivery(delivery: Delivery, due: float) -> State:
    return {
        "due": due,
        "rule": delivery.rule.arn,
        "target": delivery.target.arn,
        "event": delivery.event,
        "payload": delivery.payload,
        "trace_header": delivery.trace_header,
        "first_tried_at": delivery.first_tried_at,
        "retries": delivery.retries,
    }


def _invocation(accepted: Accepted, due: float) -> State:
    return {
        "due": due,
        "function": accepted.function.arn,
        "payload": accepted.payload,
        "trace_header": accepted.trace_header,
        "retries": accepted.retries,
        "throttled_since": accepted.throttled_since,
        "accepted_at": accepted.accepted_at,
    }


def _lost(number: int, what: str, where: str) -> Iterator[str]:
    if number:
        yield f"{number} {what}{'s' if number > 1 else ''} of {where}"
