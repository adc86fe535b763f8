"""The AWS account that the laptop plays: its region, its ARNs, and the names CloudFormation gives things in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

STREAM_LABEL = "2026-01-01T00:00:00.000"
"""What tells a table's stream from others that the table has had: a time on AWS, and always the same one here."""


@dataclass(frozen=True, slots=True)
class Account:
    """One account in one region."""

    account_id: str = "000000000000"
    region: str = "eu-west-1"
    partition: str = "aws"
    url_suffix: str = "amazonaws.com"

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a regional resource."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"

    def queue_url(self, name: str) -> str:
        """Return a queue's URL."""
        return f"https://sqs.{self.region}.{self.url_suffix}/{self.account_id}/{name}"

    def stream_arn(self, table: str) -> str:
        """Return the ARN of a table's stream."""
        return self.arn("dynamodb", f"table/{table}/stream/{STREAM_LABEL}")

    def mapping_id(self, name: str) -> str:
        """Return the UUID of an event source mapping: the same one in each laptop."""
        return str(uuid5(NAMESPACE_URL, self.arn("lambda", f"event-source-mapping:{name}")))

    def rule_arn(self, bus: str, name: str) -> str:
        """Return a rule's ARN; one on the default bus does not name the bus (EventBridge API, PutRule)."""
        return self.arn("events", f"rule/{name}" if bus == "default" else f"rule/{bus}/{name}")


NAME_PROPERTIES = {
    "AWS::ApiGateway::ApiKey": "Name",
    "AWS::ApiGateway::Model": "Name",
    "AWS::ApiGateway::RestApi": "Name",
    "AWS::ApiGateway::Stage": "StageName",
    "AWS::ApiGateway::UsagePlan": "UsagePlanName",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::DynamoDB::GlobalTable": "TableName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Events::Archive": "ArchiveName",
    "AWS::Events::EventBus": "Name",
    "AWS::Events::Rule": "Name",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Alias": "FunctionName",  # it stands for its function
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
}
"""The property that names a resource of the type. Without it the name is `<stack>-<logical id>`."""

ValueOf = Callable[[Account, str, str], str]  # of the account, the resource's name and its bus (rules only)

REFERENCES: dict[str, ValueOf] = {
    "AWS::IAM::ManagedPolicy": lambda account, name, _: (
        f"arn:{account.partition}:iam::{account.account_id}:policy/{name}"
    ),
    "AWS::Lambda::Alias": lambda account, name, _: account.arn("lambda", f"function:{name}"),
    "AWS::Lambda::EventSourceMapping": lambda account, name, _: account.mapping_id(name),
    "AWS::Events::Rule": lambda _, name, bus: name if bus == "default" else f"{bus}|{name}",
    "AWS::SNS::Topic": lambda account, name, _: account.arn("sns", name),
    "AWS::SQS::Queue": lambda account, name, _: account.queue_url(name),
}
"""What `Ref` gives where it is not the name (CloudFormation template reference, "Return values" of each type)."""


def _regional(service: str, prefix: str = "") -> ValueOf:
    return lambda account, name, _: account.arn(service, prefix + name)


def _name(_account: Account, name: str, _bus: str) -> str:
    return name


_TABLE: dict[str, ValueOf] = {
    "Arn": _regional("dynamodb", "table/"),
    "StreamArn": lambda account, name, _: account.stream_arn(name),
}

ATTRIBUTES: dict[str, dict[str, ValueOf]] = {
    "AWS::ApiGateway::ApiKey": {"APIKeyId": _name},
    "AWS::ApiGateway::Authorizer": {"AuthorizerId": _name},
    "AWS::ApiGateway::Model": {},
    "AWS::ApiGateway::RequestValidator": {"RequestValidatorId": _name},
    "AWS::ApiGateway::Resource": {"ResourceId": _name},
    "AWS::ApiGateway::RestApi": {"RestApiId": _name, "RootResourceId": lambda _account, name, _: f"{name}-root"},
    "AWS::ApiGateway::Stage": {},
    "AWS::ApiGateway::UsagePlan": {"Id": _name},
    "AWS::CloudWatch::Alarm": {"Arn": _regional("cloudwatch", "alarm:")},
    "AWS::DynamoDB::GlobalTable": _TABLE,
    "AWS::DynamoDB::Table": _TABLE,
    "AWS::Events::Archive": {"Arn": _regional("events", "archive/"), "ArchiveName": _name},
    "AWS::Events::EventBus": {"Arn": _regional("events", "event-bus/"), "Name": _name},
    "AWS::Events::Rule": {"Arn": lambda account, name, bus: account.rule_arn(bus, name)},
    "AWS::IAM::ManagedPolicy": {
        "PolicyArn": lambda account, name, _: f"arn:{account.partition}:iam::{account.account_id}:policy/{name}"
    },
    "AWS::KMS::Key": {"Arn": lambda account, name, _: account.arn("kms", f"key/{name}")},
    "AWS::IAM::Role": {
        "Arn": lambda account, name, _: f"arn:{account.partition}:iam::{account.account_id}:role/{name}"
    },
    "AWS::Lambda::Alias": {"AliasArn": _regional("lambda", "function:")},
    "AWS::Lambda::EventSourceMapping": {"Id": lambda account, name, _: account.mapping_id(name)},
    "AWS::Lambda::Function": {"Arn": _regional("lambda", "function:")},
    "AWS::Logs::LogGroup": {"Arn": lambda account, name, _: account.arn("logs", f"log-group:{name}:*")},
    "AWS::S3::Bucket": {"Arn": lambda account, name, _: f"arn:{account.partition}:s3:::{name}"},
    "AWS::SNS::Topic": {"TopicArn": _regional("sns"), "TopicName": _name},
    "AWS::SQS::Queue": {
        "Arn": _regional("sqs"),
        "QueueName": _name,
        "QueueUrl": lambda account, name, _: account.queue_url(name),
    },
}
"""What `Fn::GetAtt` gives (the same pages)."""


def attribute_of(account: Account, resource_type: str, name: str, bus: str, attribute: str) -> str:
    """Return what `Fn::GetAtt` gives. Raises KeyError for a type or an attribute that is not listed above."""
    return ATTRIBUTES[resource_type][attribute](account, name, bus)
