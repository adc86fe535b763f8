"""One team's change is deployed by that team's stack alone, and a new service needs no list to be put on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import copy_lending, synthesize
from tests.toolkit.infrastructure.templates import Template, templates

ECHO = """
from functions.kit.model import Decision, Event, Service, on


def repeat(state: dict | None, event: Event) -> Decision:
    return Decision({})


ECHO = Service(
    name="echo", key="loan_id", state=dict, reactions=(on("LoanRequested", repeat, reads=("loan_id",)),)
)
"""

HANDLER = """
from functions.echo.service import ECHO
from functions.kit.consumer import consumer

handler = consumer(ECHO)
"""


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Template]:
    """The templates of a copy of the project in which the shelf has one more line, and a service is new."""
    copy = copy_lending(tmp_path_factory.mktemp("copy") / "project")
    with (copy / "functions" / "shelf" / "domain.py").open("a") as domain:
        domain.write("\nONE_MORE_LINE = True\n")
    (copy / "functions" / "echo").mkdir()
    (copy / "functions" / "echo" / "service.py").write_text(ECHO)
    (copy / "functions" / "echo" / "handler.py").write_text(HANDLER)
    synthesize(copy, copy / "cdk.out", "dev")
    return templates(copy / "cdk.out", "dev")


def keys(template: Template) -> set[str]:
    return {function["Code"]["S3Key"] for function in template.of_type("AWS::Lambda::Function").values()}


def test_a_changed_line_changes_the_bundle_and_the_template_of_its_service_and_of_no_other(
    dev: dict[str, Template], changed: dict[str, Template]
) -> None:
    differing = {stack for stack, template in dev.items() if changed[stack].content != template.content}

    assert differing == {"shelf"}
    assert keys(changed["shelf"]).isdisjoint(keys(dev["shelf"]))


def test_beside_its_bundle_the_changed_services_template_is_the_same(
    dev: dict[str, Template], changed: dict[str, Template]
) -> None:
    ((before,), (after,)) = keys(dev["shelf"]), keys(changed["shelf"])

    assert str(changed["shelf"].content).replace(after, before) == str(dev["shelf"].content)


def test_a_new_folder_is_a_new_stack_without_a_change_elsewhere(
    dev: dict[str, Template], changed: dict[str, Template]
) -> None:
    assert changed.keys() - dev.keys() == {"echo"}
    assert len(changed["echo"].of_type("AWS::SQS::Queue")) == 2


def test_both_environments_deploy_the_same_bundle(dev: dict[str, Template], prod: dict[str, Template]) -> None:
    for stack, template in dev.items():
        assert keys(template) == keys(prod[stack])


def test_a_service_shares_its_bundle_with_no_other(dev: dict[str, Template]) -> None:
    used = [key for template in dev.values() for key in keys(template)]

    assert len(used) == len(set(used)) == len(dev) - 1


def test_each_bundle_lies_in_the_assembly_where_its_manifest_says(assembly: Path, dev: dict[str, Template]) -> None:
    for template in dev.values():
        for key in keys(template):
            assert (assembly / f"asset.{key.removesuffix('.zip')}" / "functions" / template.stack).is_dir()
