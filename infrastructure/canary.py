"""A canary: a new version of a consumer takes a part of its messages first, and goes back when it fails.

queue -> mapping -> alias -> the version before, and the new one: CodeDeploy moves the alias while the stack is updated
"""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version

import aws_cdk as cdk
from aws_cdk.aws_codedeploy import CfnApplication, CfnDeploymentGroup
from aws_cdk.aws_iam import CfnRole
from aws_cdk.aws_lambda import CfnAlias, CfnVersion
from constructs import Construct

from infrastructure.alarms import canary_alarm
from infrastructure.blueprint import Blueprint
from infrastructure.function import Function
from infrastructure.permissions import trust

ALIAS = "live"

OF_ALL_VERSIONS = {"reservedConcurrentExecutions", "tags"}
"""What a function has beside its versions. Where nothing else is another, Lambda publishes no further version, and the
stack fails (AWS Lambda API Reference, PublishVersion; the CDK leaves out the same for `Function.current_version`)."""

CODE_DEPLOY_POLICY = "service-role/AWSCodeDeployRoleForLambdaLimited"
"""What AWS keeps up to date for CodeDeploy (AWS CodeDeploy User Guide, "Create a service role for CodeDeploy")."""


class Canary(Construct):
    """The alias through which the consumer is called, and how CodeDeploy moves it: as `preference` says.

    `preference`: the name of a deployment configuration, one of AWS's or your own. The first deployment makes the
    alias at once; from the second on an update of the stack lasts as long as the canary.
    """

    def __init__(self, scope: Construct, blueprint: Blueprint, consumer: Function, preference: str) -> None:
        super().__init__(scope, "Canary")
        application = CfnApplication(self, "Application", compute_platform="Lambda")
        group = CfnDeploymentGroup(
            self,
            "Group",
            application_name=application.ref,
            service_role_arn=self._role().attr_arn,
            deployment_config_name=preference,
            deployment_style=CfnDeploymentGroup.DeploymentStyleProperty(
                deployment_type="BLUE_GREEN", deployment_option="WITH_TRAFFIC_CONTROL"
            ),
            alarm_configuration=CfnDeploymentGroup.AlarmConfigurationProperty(
                enabled=True, alarms=[CfnDeploymentGroup.AlarmProperty(name=self._alarm(blueprint, consumer))]
            ),
            auto_rollback_configuration=CfnDeploymentGroup.AutoRollbackConfigurationProperty(
                enabled=True,
                events=["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"],
            ),
        )
        self.alias = CfnAlias(
            self,
            "Alias",
            name=ALIAS,
            function_name=consumer.function.ref,
            function_version=self._version(consumer).attr_version,
        )
        self.alias.cfn_options.update_policy = cdk.CfnUpdatePolicy(
            code_deploy_lambda_alias_update=cdk.CfnCodeDeployLambdaAliasUpdate(
                application_name=application.ref, deployment_group_name=group.ref
            )
        )

    def _version(self, consumer: Function) -> CfnVersion:
        """Publish the function as it is: under another logical id whenever what a version keeps is another, since a
        version never changes (AWS CloudFormation template reference, AWS::Lambda::Version)."""
        properties = consumer.function._cfn_properties
        kept = {name: value for name, value in properties.items() if name not in OF_ALL_VERSIONS}
        of_function = {"function": kept, "variables": consumer.variables}
        text = json.dumps([cdk.Stack.of(self).resolve(of_function), version("aws_lambda_powertools")], sort_keys=True)
        made = CfnVersion(
            self, f"Version{hashlib.sha256(text.encode()).hexdigest()[:16]}", function_name=consumer.function.ref
        )
        made.apply_removal_policy(cdk.RemovalPolicy.DESTROY)
        return made

    def _role(self) -> CfnRole:
        managed = cdk.Fn.sub(f"arn:${{AWS::Partition}}:iam::aws:policy/{CODE_DEPLOY_POLICY}")
        return CfnRole(
            self,
            "Role",
            assume_role_policy_document=trust("codedeploy.amazonaws.com"),
            managed_policy_arns=[managed],
        )

    def _alarm(self, blueprint: Blueprint, consumer: Function) -> str:
        name, namespace = blueprint.service.name, consumer.variables["POWERTOOLS_METRICS_NAMESPACE"]
        return canary_alarm(self, name, blueprint.names, ALIAS, namespace).ref
