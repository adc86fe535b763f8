"""Ordinary CDK resources and intrinsics beside the services: a stack that is put into the app of a copied project.

It imports nothing of the tests, since the copy gets it as `infrastructure/beside.py`.
"""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_lambda as functions
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_logs as logs
from aws_cdk import aws_pipes as pipes
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as scheduled
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as steps
from constructs import Construct

BROKEN = "import a_library_that_is_not_here\n"
WORKING = "import os\n\n\ndef handler(event, context):\n    return dict(os.environ)\n"


def add_beside(stage: Construct, bus_name: str, code: Path) -> None:
    """Add the stacks to a stage. `code`: a folder with the sources `broken` and `working`."""
    shared = Shared(stage, "shared")
    Beside(stage, "beside", bus_name, code, shared.queue)


class Shared(cdk.Stack):
    """What another stack of the stage refers to, by an export that the CDK makes."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self.queue = sqs.Queue(self, "Exported")


class Beside(cdk.Stack):
    """One of each."""

    def __init__(self, scope: Construct, id: str, bus_name: str, code: Path, exported: sqs.Queue) -> None:
        super().__init__(scope, id)
        bus = events.EventBus.from_event_bus_name(self, "Bus", bus_name)
        everything = events.EventPattern(source=events.Match.prefix(""))

        def rule(id: str, *to: events.IRuleTarget, on: events.IEventBus = bus) -> events.Rule:
            return events.Rule(self, id, event_bus=on, event_pattern=everything, targets=list(to))

        s3.Bucket(self, "Bucket")
        s3.Bucket(self, "Emptied", removal_policy=cdk.RemovalPolicy.DESTROY, auto_delete_objects=True)
        s3.Bucket(self, "Watched", event_bridge_enabled=True, versioned=True, enforce_ssl=True)
        plain = self._function("Plain", functions.Code.from_inline("def handler(event, context): ...\n"))
        self._function("Broken", functions.Code.from_asset(str(code / "broken")))
        self._function("Working", functions.Code.from_asset(str(code / "working")), **self._intrinsics(exported))
        self._queues(rule, plain)
        self._targets(rule)
        self._own_bus(rule, plain)
        self._around_the_bus(bus)
        self._policies(exported)
        table = dynamodb.Table(
            self,
            "Rows",
            partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
            stream=dynamodb.StreamViewType.NEW_IMAGE,
        )
        plain.add_event_source(
            sources.DynamoEventSource(table, starting_position=functions.StartingPosition.TRIM_HORIZON)
        )

    def _function(self, id: str, code: functions.Code, **environment: str) -> functions.Function:
        return functions.Function(
            self,
            id,
            runtime=functions.Runtime.PYTHON_3_13,
            handler="index.handler",
            code=code,
            environment=environment or None,
        )

    def _intrinsics(self, exported: sqs.Queue) -> dict[str, str]:
        """Return variables, each made by another intrinsic."""
        return {
            "BASE64": cdk.Fn.base64("hello"),
            "EXPORTED": exported.queue_arn,
            "FOREIGN": cdk.Fn.import_value("another-app"),
            "JSON": cdk.Fn.to_json_string({"here": cdk.Aws.REGION}),
            "LENGTH": cdk.Token.as_string({"Fn::Length": [1]}),
            "PARAMETER": cdk.CfnParameter(self, "Asked").value_as_string,
            "ZONE": cdk.Fn.select(0, cdk.Fn.get_azs()),
        }

    def _queues(self, rule: object, plain: functions.Function) -> None:
        assert callable(rule)
        inbox = sqs.Queue(self, "Inbox", dead_letter_queue=sqs.DeadLetterQueue(queue=self._dlq(), max_receive_count=3))
        log = logs.LogGroup(self, "Log")
        rule("ToTwo", targets.SqsQueue(inbox), targets.CloudWatchLogGroup(log))
        fifo = sqs.Queue(self, "Fifo", fifo=True, content_based_deduplication=True)
        rule("ToFifo", targets.SqsQueue(fifo, message_group_id="all"))
        plain.add_event_source(sources.SqsEventSource(sqs.Queue(self, "Work")))
        sqs.Queue(self, "ForeignName", queue_name=cdk.Fn.import_value("a-name"))
        unheard = sqs.CfnQueue(self, "UnheardIntrinsic")
        unheard.add_property_override("QueueName", {"Fn::Unheard": "of"})
        maybe = sqs.CfnQueue(self, "Maybe")
        is_asked = cdk.CfnCondition(self, "IsAsked", expression=cdk.Fn.condition_equals({"Ref": "Asked"}, "yes"))
        maybe.cfn_options.condition = is_asked

    def _dlq(self) -> sqs.Queue:
        return sqs.Queue(self, "InboxDeadLetters", retention_period=cdk.Duration.days(14))

    def _targets(self, rule: object) -> None:
        assert callable(rule)
        queue = sqs.Queue(self, "Changed")
        transformed = events.RuleTargetInput.from_object({"id": events.EventField.from_path("$.id")})
        indexed = events.RuleTargetInput.from_event_path("$.resources[0]")
        machine = steps.StateMachine(
            self, "Machine", definition_body=steps.DefinitionBody.from_chainable(steps.Pass(self, "Pass"))
        )
        rule("Transformed", targets.SqsQueue(queue, message=transformed))
        rule("Indexed", targets.SqsQueue(queue, message=indexed))
        rule("ToTopic", targets.SnsTopic(sns.Topic(self, "Topic")))
        rule("ToMachine", targets.SfnStateMachine(machine))
        partner = events.EventBus.from_event_bus_arn(self, "Partner", cdk.Fn.import_value("a-bus-arn"))
        rule("ToPartner", targets.EventBus(partner))
        elsewhere = "arn:aws:events:eu-west-1:999999999999:event-bus/partner"
        rule("ToElsewhere", targets.EventBus(events.EventBus.from_event_bus_arn(self, "Elsewhere", elsewhere)))
        rule("ToStream", targets.KinesisStream(kinesis.Stream(self, "Stream")))

    def _around_the_bus(self, bus: events.IEventBus) -> None:
        """What brings events to a bus, or away from it to somebody else."""
        piped, due = sqs.Queue(self, "Piped"), sqs.Queue(self, "Due")
        role = iam.Role(self, "PipeRole", assumed_by=iam.ServicePrincipal("pipes.amazonaws.com"))
        piped.grant_consume_messages(role)
        bus.grant_put_events_to(role)
        about = pipes.CfnPipe.PipeTargetEventBridgeEventBusParametersProperty(detail_type="Piped", source="beside")
        pipes.CfnPipe(
            self,
            "Pipe",
            role_arn=role.role_arn,
            source=piped.queue_arn,
            target=bus.event_bus_arn,
            target_parameters=pipes.CfnPipe.PipeTargetParametersProperty(
                input_template='{"n": <$.body.n>}', event_bridge_event_bus_parameters=about
            ),
        )
        berlin = cdk.TimeZone.of("Europe/Berlin")
        scheduler.Schedule(
            self,
            "Schedule",
            schedule=scheduler.ScheduleExpression.cron(minute="*", time_zone=berlin),
            target=scheduled.SqsSendMessage(due, input=scheduler.ScheduleTargetInput.from_object({"sweep": True})),
        )
        key = events.Authorization.api_key("x-key", cdk.SecretValue.unsafe_plain_text("key"))
        connection = events.Connection(self, "Connection", authorization=key)
        api = events.ApiDestination(self, "Api", connection=connection, endpoint="https://partner.example/hooks")
        nobody = events.EventPattern(source=["nobody"])
        events.Rule(self, "ToApi", event_bus=bus, event_pattern=nobody, targets=[targets.ApiDestination(api)])

    def _own_bus(self, rule: object, plain: functions.Function) -> None:
        assert callable(rule)
        own = events.EventBus(self, "OwnBus")
        events.Archive(self, "OwnArchive", source_event_bus=own, event_pattern=events.EventPattern(source=["any"]))
        rule("OnOwnBus", targets.LambdaFunction(plain), on=own)
        events.CfnRule(
            self,
            "ForeignPattern",
            event_bus_name=own.event_bus_name,
            event_pattern={"source": [cdk.Fn.import_value("a-source")]},
            targets=[{"id": "one", "arn": plain.function_arn}],
        )

    def _policies(self, exported: sqs.Queue) -> None:
        foreign = iam.PolicyStatement(
            actions=["events:PutEvents", "s3:GetObject"],
            resources=[cdk.Fn.import_value("an-arn"), cdk.Fn.join("/", [cdk.Fn.import_value("a-bucket"), "*"])],
        )
        iam.ManagedPolicy(self, "Policy", statements=[foreign])
        document = iam.PolicyDocument(statements=[foreign.copy()])
        role = iam.Role(
            self, "Role", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"), inline_policies={"own": document}
        )
        exported.grant_send_messages(role)
