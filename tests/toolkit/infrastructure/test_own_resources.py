"""What a service asks for stands in its stack: its numbers, a value of the context, CDK resources of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ensemble.laptop import Laptop
from ensemble.testing.imports import forbidden_imports
from tests.conftest import copy_lending
from tests.synthesizing import run_app
from tests.toolkit.infrastructure.templates import Template, templates

RESOURCES = '''"""Where letters are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_s3 as s3

if TYPE_CHECKING:
    from infrastructure.service import ServiceStack


def add(stack: ServiceStack) -> None:
    letters = s3.Bucket(stack, "Letters")
    letters.grant_put(stack.consumer)
    stack.consumer.add_variable("LETTERS", letters.bucket_name)
'''

READS_IT = "\nLETTERS = os.environ['LETTERS']\n"

ASKS = "    settings=Settings,\n    memory_megabytes=1024,\n    timeout_seconds=60,\n    maximum_concurrency=3,\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lending project whose mail service asks for more, and has a bucket, synthesized into its `cdk.out`."""
    project = copy_lending(tmp_path_factory.mktemp("own") / "project")
    mail = project / "functions" / "mail"
    (mail / "resources.py").write_text(RESOURCES)
    (mail / "handler.py").write_text((mail / "handler.py").read_text() + READS_IT)
    service = (mail / "service.py").read_text()
    (mail / "service.py").write_text(service.replace("    settings=Settings,\n", ASKS))
    synthesized(project, {"mail.sender": "lending@example.com"})
    return project


def synthesized(project: Path, context: dict[str, str]) -> None:
    """Synthesize with values of the context, as the CDK CLI hands those of `-c` to the app."""
    environment = {**os.environ, "CDK_CONTEXT_JSON": json.dumps({**context, "stage": "dev"})}
    run = run_app(project, environment)
    assert run.returncode == 0, run.stderr


@pytest.fixture(scope="module")
def mail(project: Path) -> Template:
    return templates(project / "cdk.out", "dev")["mail"]


def test_the_numbers_are_those_of_its_consumer_alone_and_its_messages_are_hidden_for_as_long(mail: Template) -> None:
    (consumer,) = mail.of_type("AWS::Lambda::Function").values()
    mappings = mail.of_type("AWS::Lambda::EventSourceMapping").values()
    heard = {mapping["EventSourceArn"]["Fn::GetAtt"][0] for mapping in mappings}

    assert (consumer["MemorySize"], consumer["Timeout"]) == (1024, 60)
    assert {mapping["ScalingConfig"]["MaximumConcurrency"] for mapping in mappings} == {3}
    assert {mail.resources[queue]["Properties"]["VisibilityTimeout"] for queue in heard} == {360}


def test_the_other_services_have_the_numbers_of_the_environment(project: Path) -> None:
    shelf = templates(project / "cdk.out", "dev")["shelf"].the("AWS::Lambda::Function")

    assert (shelf["MemorySize"], shelf["Timeout"]) == (256, 30)


def test_a_value_of_the_context_stands_in_the_template(mail: Template) -> None:
    (consumer,) = mail.of_type("AWS::Lambda::Function").values()

    assert consumer["Environment"]["Variables"]["SETTING_SENDER"] == "lending@example.com"
    assert consumer["Environment"]["Variables"]["SECRET_SIGNING_KEY"].startswith("ssm:/")


def test_the_consumer_gets_the_variable_and_the_grant(mail: Template) -> None:
    (bucket,) = mail.of_type("AWS::S3::Bucket")
    (consumer,) = mail.of_type("AWS::Lambda::Function").values()
    policy = mail.the("AWS::IAM::Policy")

    assert consumer["Environment"]["Variables"]["LETTERS"] == {"Ref": bucket}
    assert "TABLE_NAME" in consumer["Environment"]["Variables"]
    (role,) = policy["Roles"]
    assert role["Ref"] == mail.target_of(consumer["Role"])
    assert "s3:PutObject" in policy["PolicyDocument"]["Statement"][0]["Action"]


def test_its_code_is_not_in_the_bundle_and_breaks_no_rule_of_imports(project: Path) -> None:
    bundled = {path.name for path in (project / "cdk.out").glob("asset.*/functions/mail/*.py")}

    assert {"handler.py", "settings.py"} <= bundled
    assert "resources.py" not in bundled
    assert [one for one in forbidden_imports(project) if "functions" in one] == []


def test_the_handler_reads_the_variable_on_the_laptop(project: Path) -> None:
    with Laptop(project / "cdk.out" / "assembly-dev") as laptop:
        (function,) = [name for name in laptop.functions if name.endswith("-mail")]
        laptop.load(function)

        assert laptop.bucket_objects(laptop.function(function).module.LETTERS) == {}


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("", "functions/mail/resources.py has no function `add`. Fix: def add(stack: ServiceStack) -> None"),
        (
            "def add(stack):\n    stack.consumer.add_variable('TABLE_NAME', 'mine')\n",
            "the consumer has a variable TABLE_NAME already. Fix: give yours another name",
        ),
    ],
)
def test_what_cannot_be_added_is_refused(project: Path, tmp_path: Path, source: str, reason: str) -> None:
    folder = copy_lending(tmp_path / "project")
    (folder / "functions" / "mail" / "resources.py").write_text(source)

    run = subprocess.run([sys.executable, "app.py"], cwd=folder, capture_output=True, text=True, check=False)

    assert run.returncode != 0
    assert reason in run.stderr
