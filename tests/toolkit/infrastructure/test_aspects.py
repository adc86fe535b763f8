"""Tags and aspects of a stage reach what is in its stacks, as those of any CDK app."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import copy_lending, synthesize
from tests.toolkit.infrastructure.templates import Template, templates

ADDED = """
import json

import aws_cdk as cdk
import jsii

seen = {}


@jsii.implements(cdk.IAspect)
class Sees:
    def visit(self, node):
        if isinstance(node, cdk.CfnResource):
            stack = cdk.Stack.of(node)
            seen.setdefault(stack.stack_name, {})[stack.resolve(node.logical_id)] = node.cfn_resource_type


dev = app.node.find_child("dev")
cdk.Aspects.of(dev).add(Sees())
cdk.Tags.of(dev).add("team", "readers")
app.synth()
Path(app.outdir, "seen.json").write_text(json.dumps(seen))
"""

UNTAGGED = {
    "AWS::Events::Archive",
    "AWS::Events::EventBusPolicy",
    "AWS::IAM::ManagedPolicy",
    "AWS::Lambda::Permission",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
}
"""The types that take no tags (AWS CloudFormation template reference)."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lending project with an aspect and a tag on its stage `dev`, synthesized into its `cdk.out`."""
    project = copy_lending(tmp_path_factory.mktemp("aspects") / "project")
    app = (project / "app.py").read_text()
    assert app.count("\napp.synth()\n") == 1
    (project / "app.py").write_text(app.replace("\napp.synth()\n", ADDED))
    synthesize(project, project / "cdk.out", "dev")
    return project


@pytest.fixture(scope="module")
def stacks(project: Path) -> dict[str, Template]:
    return templates(project / "cdk.out", "dev")


def test_an_aspect_of_a_stage_sees_every_resource_by_its_type(project: Path, stacks: dict[str, Template]) -> None:
    seen = json.loads((project / "cdk.out" / "seen.json").read_text())

    assert {stack.rpartition("-")[2]: types for stack, types in seen.items()} == {
        stack: {id: resource["Type"] for id, resource in template.content["Resources"].items()}
        for stack, template in stacks.items()
    }


def test_a_tag_of_a_stage_is_on_every_resource_that_takes_one(stacks: dict[str, Template]) -> None:
    for template in stacks.values():
        for id, resource in template.resources.items():
            tags = json.dumps(resource["Properties"].get("Tags"))

            assert ("readers" in tags) is (resource["Type"] not in UNTAGGED), (id, tags)
