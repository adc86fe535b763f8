"""Resources that questions need, as CloudFormation has them, and how AWS's own requests make and remove them."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from zipfile import ZipFile

from ensemble.conformance.questions import Need, Needs, World, error_of

Properties = Mapping[str, Any]

QUEUE, TABLE, BUS = "AWS::SQS::Queue", "AWS::DynamoDB::Table", "AWS::Events::EventBus"
RULE, ARCHIVE, TOPIC, POLICY = "AWS::Events::Rule", "AWS::Events::Archive", "AWS::SNS::Topic", "AWS::SQS::QueuePolicy"
ROLE, FUNCTION, MAPPING = "AWS::IAM::Role", "AWS::Lambda::Function", "AWS::Lambda::EventSourceMapping"

REGION_OF_IAM = re.compile("^arn:aws:iam:[^:]*:")
"""IAM has no region, and its ARNs name none."""

NAMES = {
    QUEUE: "QueueName",
    TABLE: "TableName",
    BUS: "Name",
    RULE: "Name",
    ARCHIVE: "ArchiveName",
    TOPIC: "TopicName",
    ROLE: "RoleName",
    FUNCTION: "FunctionName",
}
"""The property that names a resource of each type."""


def queue(**properties: Any) -> Need:
    """Return a queue."""
    return QUEUE, properties


def table(**properties: Any) -> Need:
    """Return a table with the text `pk` as its key."""
    defaults = {
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    return TABLE, defaults | properties


def bus() -> Need:
    """Return an event bus."""
    return BUS, {}


def rule(pattern: Any, *targets: dict[str, Any], **properties: Any) -> Need:
    """Return a rule of the bus `bus`."""
    return RULE, {"EventBusName": "@bus", "EventPattern": pattern, "Targets": list(targets), **properties}


def target(queue: str = "queue", **properties: Any) -> dict[str, Any]:
    """Return a queue as the target of a rule."""
    return {"Id": queue, "Arn": f"@arn:sqs:{queue}", **properties}


def archive(**properties: Any) -> Need:
    """Return an archive of the bus `bus`."""
    return ARCHIVE, {"SourceArn": "@arn:events:event-bus/bus", **properties}


def topic() -> Need:
    """Return a topic."""
    return TOPIC, {}


def role() -> Need:
    """Return what functions may do: read queues and streams, send to queues, write logs."""
    actions = ["sqs:*", "dynamodb:*", "logs:*"]
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
    principal = {"Service": "lambda.amazonaws.com"}
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return ROLE, {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [{"PolicyName": "all", "PolicyDocument": everything}],
    }


def function(source: str) -> Need:
    """Return a function of the role `role`, by its source."""
    runs = {"Runtime": "python3.13", "Handler": "index.handler", "Timeout": 1, "Role": "@arn:iam:role/role"}
    return FUNCTION, {"Code": {"ZipFile": source}, **runs}


def mapping(source: str, **properties: Any) -> Need:
    """Return what joins a source, such as `@arn:sqs:queue` or `@stream:table`, to the function `function`."""
    return MAPPING, {"EventSourceArn": source, "FunctionName": "@function", **properties}


def open_to_events(queue: str = "queue") -> Need:
    """Return a policy that lets EventBridge send to a queue."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": f"@arn:sqs:{queue}",
    }
    return POLICY, {"PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}, "Queues": [f"@url:{queue}"]}


def resolved(
    needs: Needs, prefix: str, arn: Callable[[str, str], str], url: Callable[[str], str], stream: Callable[[str], str]
) -> Iterator[tuple[str, str, Any]]:
    """Yield each resource with its name, its type and its properties, every reference in its place.

    `@name` refers to the name of another one, `@arn:service:resource` to an ARN, `@url:queue` to a queue's URL,
    `@stream:table` to a table's stream.
    """

    def within(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: within(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [within(inner) for inner in value]
        if not isinstance(value, str) or not value.startswith("@"):
            return value
        kind, _, rest = value[1:].partition(":")
        if kind in ("url", "stream"):
            return (url if kind == "url" else stream)(prefix + rest)
        if kind != "arn":
            return prefix + kind
        service, _, resource = rest.partition(":")
        head, slash, name = resource.rpartition("/")
        found = arn(service, f"{head}{slash}{prefix}{name}")
        return REGION_OF_IAM.sub("arn:aws:iam::", found)

    for name, (kind, properties) in needs.items():
        named = {NAMES[kind]: prefix + name} if kind in NAMES else {}
        yield prefix + name, kind, within({**properties, **named})


def make(world: World, kind: str, properties: Properties) -> None:
    """Make a resource by the service's own requests."""
    _MAKE[kind](world, dict(properties))


def remove(world: World, kind: str, properties: Properties) -> None:
    """Remove a resource."""
    if kind in _REMOVE:
        _REMOVE[kind](world, properties)


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


def _make_queue(world: World, properties: dict[str, Any]) -> None:
    name = properties.pop("QueueName")
    world.sqs.create_queue(QueueName=name, Attributes={key: _text(value) for key, value in properties.items()})


def _make_policy(world: World, properties: dict[str, Any]) -> None:
    for url in properties["Queues"]:
        queue = world.sqs.get_queue_url(QueueName=url)["QueueUrl"]
        world.sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(properties["PolicyDocument"])})


def _make_table(world: World, properties: dict[str, Any]) -> None:
    world.dynamodb.create_table(**properties)
    world.dynamodb.get_waiter("table_exists").wait(
        TableName=properties["TableName"], WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )


def _make_rule(world: World, properties: dict[str, Any]) -> None:
    targets = properties.pop("Targets", [])
    if "EventPattern" in properties:
        properties["EventPattern"] = _text(properties["EventPattern"])
    world.events.put_rule(**properties)
    if targets:
        place = {name: properties[name] for name in ("EventBusName",) if name in properties}
        answer = world.events.put_targets(Rule=properties["Name"], Targets=targets, **place)
        assert not answer["FailedEntryCount"], answer


def _make_archive(world: World, properties: dict[str, Any]) -> None:
    pattern = {"EventPattern": _text(properties.pop("EventPattern"))} if "EventPattern" in properties else {}
    world.events.create_archive(EventSourceArn=properties.pop("SourceArn"), **pattern, **properties)


def _remove_rule(world: World, properties: Properties) -> None:
    place = {name: properties[name] for name in ("EventBusName",) if name in properties}
    ids = [one["Id"] for one in properties.get("Targets", [])]
    if ids:
        world.events.remove_targets(Rule=properties["Name"], Ids=ids, **place)
    world.events.delete_rule(Name=properties["Name"], **place)


def _make_role(world: World, properties: dict[str, Any]) -> None:
    name, policies = properties["RoleName"], properties["Policies"]
    trust = json.dumps(properties["AssumeRolePolicyDocument"])
    world.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    for one in policies:
        document = json.dumps(one["PolicyDocument"])
        world.iam.put_role_policy(RoleName=name, PolicyName=one["PolicyName"], PolicyDocument=document)


def _remove_role(world: World, properties: Properties) -> None:
    for one in properties["Policies"]:
        world.iam.delete_role_policy(RoleName=properties["RoleName"], PolicyName=one["PolicyName"])
    world.iam.delete_role(RoleName=properties["RoleName"])


def _make_function(world: World, properties: dict[str, Any]) -> None:
    """Make a function once its role is known everywhere, which takes AWS some seconds."""
    packed = io.BytesIO()
    with ZipFile(packed, "w") as bundle:
        bundle.writestr("index.py", properties["Code"]["ZipFile"])
    given = {**properties, "Code": {"ZipFile": packed.getvalue()}}

    def made() -> bool:
        return error_of(lambda: functions(world).create_function(**given)) != "InvalidParameterValueException"

    world.until(made)
    functions(world).get_waiter("function_active_v2").wait(FunctionName=properties["FunctionName"])


def _make_mapping(world: World, properties: dict[str, Any]) -> None:
    id = functions(world).create_event_source_mapping(**properties)["UUID"]
    world.until(lambda: functions(world).get_event_source_mapping(UUID=id)["State"] != "Creating")


def _remove_mapping(world: World, properties: Properties) -> None:
    found = functions(world).list_event_source_mappings(FunctionName=properties["FunctionName"])
    for one in found["EventSourceMappings"]:
        functions(world).delete_event_source_mapping(UUID=one["UUID"])


def functions(world: World) -> Any:
    """Return the client of Lambda, whose name is a word of Python."""
    return getattr(world, "lambda")


_MAKE: dict[str, Callable[[World, dict[str, Any]], Any]] = {
    QUEUE: _make_queue,
    POLICY: _make_policy,
    TABLE: _make_table,
    BUS: lambda world, properties: world.events.create_event_bus(**properties),
    RULE: _make_rule,
    ARCHIVE: _make_archive,
    TOPIC: lambda world, properties: world.sns.create_topic(Name=properties["TopicName"]),
    ROLE: _make_role,
    FUNCTION: _make_function,
    MAPPING: _make_mapping,
}
_REMOVE: dict[str, Callable[[World, Properties], Any]] = {
    ROLE: _remove_role,
    FUNCTION: lambda world, one: functions(world).delete_function(FunctionName=one["FunctionName"]),
    MAPPING: _remove_mapping,
    QUEUE: lambda world, one: world.sqs.delete_queue(
        QueueUrl=world.sqs.get_queue_url(QueueName=one["QueueName"])["QueueUrl"]
    ),
    TABLE: lambda world, one: world.dynamodb.delete_table(TableName=one["TableName"]),
    BUS: lambda world, one: world.events.delete_event_bus(Name=one["Name"]),
    RULE: _remove_rule,
    ARCHIVE: lambda world, one: world.events.delete_archive(ArchiveName=one["ArchiveName"]),
    TOPIC: lambda world, one: world.sns.delete_topic(TopicArn=world.arn("sns", one["TopicName"])),
}
