"""The key of a stack, in a stage with keys of its own: what it encrypts, and who may use it for that.

A producer that a key does not let in is dropped without a word: EventBridge cannot put into an encrypted queue,
CloudWatch cannot notify an encrypted topic. So each resource that is encrypted adds the statements of who writes it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import aws_cdk as cdk
from aws_cdk.aws_dynamodb import CfnTable
from aws_cdk.aws_events import CfnArchive, CfnEventBus
from aws_cdk.aws_kms import CfnAlias, CfnKey
from aws_cdk.aws_lambda import CfnFunction
from aws_cdk.aws_logs import CfnLogGroup
from aws_cdk.aws_sns import CfnTopic
from aws_cdk.aws_sqs import CfnQueue

from infrastructure.intrinsics import arn, bus_arn
from infrastructure.permissions import Statement, document, on_behalf_of

DATA_KEY_REUSE_SECONDS = 3_600
"""For how long SQS uses a data key again; each is two requests to KMS, and five minutes are the default (Amazon SQS
Developer Guide, "Key management", data key reuse period)."""

PENDING_DAYS = 30
"""How long a key that was deleted can still be had back: the longest there is (AWS KMS API Reference,
ScheduleKeyDeletion)."""

ALARMS = "alarm:*"


class StackKey:
    """The customer-managed key of one stack. `name`: what its alias is called after."""

    def __init__(self, stack: cdk.Stack, name: str, removal_policy: cdk.RemovalPolicy) -> None:
        self._stack = stack
        self._statements = {one["Sid"]: one for one in (_administered(), _used_through())}
        self.key = CfnKey(
            stack,
            "Key",
            description=f"Encrypts what {name} keeps and carries.",
            enable_key_rotation=True,
            key_policy=document(*self._statements.values()),
            pending_window_in_days=PENDING_DAYS,
        )
        self.key.apply_removal_policy(removal_policy)
        CfnAlias(stack, "KeyAlias", alias_name=f"alias/{name}", target_key_id=self.key.ref)

    def encrypt(self, leave: Collection[str] = ()) -> None:
        """Encrypt what the stack has, but for the constructs of these paths, which are not ours."""
        for construct in self._stack.node.find_all():
            encrypt = _ENCRYPTED.get(type(construct))
            if encrypt is not None and construct.node.path not in leave:
                for statement in encrypt(construct, self.key):
                    self._statements[statement["Sid"]] = statement
        self.key.key_policy = document(*self._statements.values())


def _administered() -> Statement:
    """Let the account's policies say who else may do what with the key: else nobody could change it (AWS KMS Developer
    Guide, "Default key policy")."""
    root = cdk.Fn.sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")
    return _allow("Administered", {"AWS": root}, ["kms:*"])


def _used_through() -> Statement:
    """Let whoever of the account may use a table, queue, topic or function use it encrypted, as the keys of AWS do that
    are made for a service (AWS KMS Developer Guide, "AWS managed keys"; "kms:ViaService")."""
    services = [cdk.Fn.sub(f"{one}.${{AWS::Region}}.${{AWS::URLSuffix}}") for one in _THROUGH]
    condition = {"StringEquals": {"kms:CallerAccount": cdk.Aws.ACCOUNT_ID, "kms:ViaService": services}}
    actions = [*_ENCRYPTING, "kms:Encrypt", "kms:ReEncrypt*", "kms:CreateGrant", "kms:DescribeKey"]
    return _allow("UsedThroughServices", {"AWS": "*"}, actions, condition)


_THROUGH = ("dynamodb", "lambda", "sns", "sqs")
_ENCRYPTING = ["kms:Decrypt", "kms:GenerateDataKey*"]


def _allow(
    sid: str, principal: dict[str, Any], actions: list[str], condition: dict[str, Any] | None = None
) -> Statement:
    allowed = {"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": actions, "Resource": "*"}
    return allowed | ({"Condition": condition} if condition else {})


def _queue(queue: CfnQueue, key: CfnKey) -> list[Statement]:
    """EventBridge sends to queues. No condition on its rule: it names none to KMS, and every event would be dropped;
    which rule may send, the queue's policy says (Amazon SNS Developer Guide, "Managing Amazon SNS encryption keys and
    costs", of EventBridge; Amazon SQS Developer Guide, "Configure KMS permissions for AWS services")."""
    queue.sqs_managed_sse_enabled = None
    queue.kms_master_key_id = key.attr_arn
    queue.kms_data_key_reuse_period_seconds = DATA_KEY_REUSE_SECONDS
    return [_allow("EventsToQueues", {"Service": "events.amazonaws.com"}, _ENCRYPTING)]


def _topic(topic: CfnTopic, key: CfnKey) -> list[Statement]:
    """CloudWatch notifies of alarms (Amazon CloudWatch User Guide, "Notifying users on alarm changes")."""
    topic.kms_master_key_id = key.attr_arn
    alarms = on_behalf_of(arn("cloudwatch", ALARMS))
    return [_allow("AlarmsToTopics", {"Service": "cloudwatch.amazonaws.com"}, _ENCRYPTING, alarms)]


def _bus(bus: CfnEventBus, key: CfnKey) -> list[Statement]:
    """EventBridge keeps events, patterns and targets encrypted (Amazon EventBridge User Guide, "Encrypting EventBridge
    event buses with AWS KMS keys"). To describe a key there is no encryption context."""
    bus.kms_key_identifier = key.attr_arn
    return _of_events(bus.node.id, bus_arn(str(bus.name)))


def _archive(archive: CfnArchive, key: CfnKey) -> list[Statement]:
    """The same, "Encrypting EventBridge archives with AWS KMS keys"."""
    archive.kms_key_identifier = key.attr_arn
    return _of_events("Archive", arn("events", f"archive/{archive.archive_name}"))


def _of_events(sid: str, resource: str) -> list[Statement]:
    events = {"Service": "events.amazonaws.com"}
    context = {
        "StringEquals": {
            "aws:SourceAccount": cdk.Aws.ACCOUNT_ID,
            "kms:EncryptionContext:aws:events:event-bus:arn": resource,
        }
    }
    own = {"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}}
    return [
        _allow("EventsDescribe", events, ["kms:DescribeKey"], own),
        _allow(f"EventsIn{sid}", events, [*_ENCRYPTING, "kms:ReEncrypt*"], context),
    ]


def _table(table: CfnTable, key: CfnKey) -> list[Statement]:
    table.sse_specification = CfnTable.SSESpecificationProperty(
        sse_enabled=True, sse_type="KMS", kms_master_key_id=key.attr_arn
    )
    return []


def _function(function: CfnFunction, key: CfnKey) -> list[Statement]:
    function.kms_key_arn = key.attr_arn
    return []


def _log_group(group: CfnLogGroup, key: CfnKey) -> list[Statement]:
    """CloudWatch Logs writes them (Amazon CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS
    Key Management Service")."""
    group.kms_key_id = key.attr_arn
    logs = {"Service": cdk.Fn.sub("logs.${AWS::Region}.${AWS::URLSuffix}")}
    context = {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": arn("logs", f"log-group:{group.log_group_name}")}}
    actions = [*_ENCRYPTING, "kms:Encrypt", "kms:ReEncrypt*", "kms:DescribeKey"]
    return [_allow(f"Logs{group.node.addr[-8:]}", logs, actions, context)]


_ENCRYPTED: dict[type, Callable[[Any, CfnKey], list[Statement]]] = {
    CfnArchive: _archive,
    CfnEventBus: _bus,
    CfnFunction: _function,
    CfnLogGroup: _log_group,
    CfnQueue: _queue,
    CfnTable: _table,
    CfnTopic: _topic,
}
"""How each type of resource is encrypted, and who must be let in for that."""
