"""A service's own CDK resources stand in its stack, beside what the kit needs, and run on the laptop."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ensemble.laptop import Laptop
from ensemble.testing.imports import forbidden_imports
from tests.conftest import copy_lending, synthesize
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


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lending project with a bucket of its mail service, synthesized into its `cdk.out`."""
    project = copy_lending(tmp_path_factory.mktemp("own") / "project")
    mail = project / "functions" / "mail"
    (mail / "resources.py").write_text(RESOURCES)
    (mail / "handler.py").write_text((mail / "handler.py").read_text() + READS_IT)
    synthesize(project, project / "cdk.out")
    return project


@pytest.fixture(scope="module")
def mail(project: Path) -> Template:
    return templates(project / "cdk.out", "dev")["mail"]


def test_the_consumer_gets_the_variable_and_the_grant(mail: Template) -> None:
    (bucket,) = mail.of_type("AWS::S3::Bucket")
    (consumer,) = [one for one in mail.of_type("AWS::Lambda::Function").values() if "handler" in one["Handler"]]
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
