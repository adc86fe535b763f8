"""With a canary a service is called through an alias, which CodeDeploy moves and takes back; all else is the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import copy_lending, synthesize
from tests.synthesizing import ensemble_command
from tests.toolkit.infrastructure.canaries import CANARY, project_with_canary, with_canary
from tests.toolkit.infrastructure.templates import Template, templates

VERSION, ALIAS = "AWS::Lambda::Version", "AWS::Lambda::Alias"
GROUP, RULE, PERMISSION = "AWS::CodeDeploy::DeploymentGroup", "AWS::Events::Rule", "AWS::Lambda::Permission"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return project_with_canary(tmp_path_factory)


@pytest.fixture(scope="module")
def services(project: Path) -> dict[str, Template]:
    """The templates of the services of `dev`, by their names."""
    found = templates(project / "cdk.out", "dev")
    found.pop("platform")
    return found


def run(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(ensemble_command(*command), cwd=project, capture_output=True, text=True, check=False)


def properties_of(template: Template, type: str) -> tuple[str, dict[str, Any]]:
    ((id, properties),) = template.of_type(type).items()
    return id, properties


def test_no_stage_has_a_canary_unless_it_is_asked_for(prod: dict[str, Template]) -> None:
    for template in prod.values():
        assert not template.of_type(ALIAS) | template.of_type(VERSION) | template.of_type(GROUP)


def test_queues_and_sweeps_call_the_alias_of_the_newest_version(services: dict[str, Template]) -> None:
    for template in services.values():
        alias, properties = properties_of(template, ALIAS)
        version, _ = properties_of(template, VERSION)

        assert properties["FunctionVersion"] == {"Fn::GetAtt": [version, "Version"]}
        for mapping in template.of_type("AWS::Lambda::EventSourceMapping").values():
            assert mapping["FunctionName"] == {"Ref": alias}
        for permission in template.of_type(PERMISSION).values():
            assert permission["FunctionName"] == {"Ref": alias}
            sweeps = [rule for rule in template.of_type(RULE).values() if "ScheduleExpression" in rule]
            assert [rule["Targets"][0]["Arn"] for rule in sweeps] == [{"Ref": alias}]


def test_code_deploy_moves_the_alias_and_takes_it_back_at_the_alarm(services: dict[str, Template]) -> None:
    for template in services.values():
        alias, _ = properties_of(template, ALIAS)
        id, group = properties_of(template, GROUP)
        (alarm,) = group["AlarmConfiguration"]["Alarms"]

        update = template.resources[alias]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        assert update == {"ApplicationName": group["ApplicationName"], "DeploymentGroupName": {"Ref": id}}
        assert group["DeploymentConfigName"] == CANARY
        assert group["AutoRollbackConfiguration"]["Enabled"] is True
        assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
        metrics = template.of_type("AWS::CloudWatch::Alarm")[alarm["Name"]["Ref"]]["Metrics"]
        measured = {one["MetricStat"]["Metric"]["MetricName"] for one in metrics if "MetricStat" in one}
        assert measured == {"Errors", "EventDeadLettered", "EventPostponed"}


def test_the_alarm_counts_the_metrics_that_the_function_writes(services: dict[str, Template]) -> None:
    for service, template in services.items():
        alarm = next(one for id, one in template.of_type("AWS::CloudWatch::Alarm").items() if id.startswith("Canary"))
        variables = template.the("AWS::Lambda::Function")["Environment"]["Variables"]
        kits = [one["MetricStat"]["Metric"] for one in alarm["Metrics"] if one["Id"] in ("dead", "postponed")]

        assert {one["Namespace"] for one in kits} == {variables["POWERTOOLS_METRICS_NAMESPACE"]}
        dimensions = [{"Name": "service", "Value": service}]
        assert [one["Dimensions"] for one in kits] == [dimensions, dimensions]


def test_one_failing_minute_is_seen_though_its_metrics_come_late(services: dict[str, Template]) -> None:
    for template in services.values():
        alarm = next(one for id, one in template.of_type("AWS::CloudWatch::Alarm").items() if id.startswith("Canary"))

        assert alarm["DatapointsToAlarm"] == 1
        assert alarm["EvaluationPeriods"] > 1


def versions(project: Path, outdir: Path) -> dict[str, str]:
    """The logical id of each service's version."""
    synthesize(project, outdir, "dev")
    return versions_in(templates(outdir, "dev"))


def versions_in(stage: dict[str, Template]) -> dict[str, str]:
    return {name: properties_of(one, VERSION)[0] for name, one in stage.items() if name != "platform"}


def test_a_version_is_made_anew_when_the_function_changes_and_not_otherwise(project: Path, tmp_path: Path) -> None:
    changed = with_canary(copy_lending(tmp_path / "project"))
    before = versions_in(templates(project / "cdk.out", "dev"))
    mail = changed / "functions" / "mail"
    (mail / "resources.py").write_text("def add(stack):\n    stack.consumer.add_variable('LETTERS', 'blue')\n")
    domain = changed / "functions" / "shelf" / "domain.py"
    domain.write_text(domain.read_text() + "\nMORE = 1\n")

    after = versions(changed, tmp_path / "changed")

    assert versions(project, tmp_path / "again") == before
    assert {name for name in before if before[name] != after[name]} == {"mail", "shelf"}


def test_no_version_is_made_anew_for_what_lambda_keeps_beside_versions(tmp_path: Path) -> None:
    project = with_canary(copy_lending(tmp_path / "project"), stage="prod")
    synthesize(project, tmp_path / "before", "prod")
    app, kit = project / "app.py", project / "ensemble" / "VERSION"
    app.write_text(app.read_text().replace("maximum_concurrency=30", "maximum_concurrency=20"))
    kit.write_text("9.9.9\n")

    synthesize(project, tmp_path / "after", "prod")

    before, after = (templates(tmp_path / name, "prod") for name in ("before", "after"))
    assert reserved(before) != reserved(after)
    assert tags(before) != tags(after)
    assert versions_in(before) == versions_in(after)


def reserved(stage: dict[str, Template]) -> list[int | None]:
    return [one.get("ReservedConcurrentExecutions") for one in functions(stage)]


def tags(stage: dict[str, Template]) -> list[Any]:
    return [one["Tags"] for one in functions(stage)]


def functions(stage: dict[str, Template]) -> list[dict[str, Any]]:
    return [one for template in stage.values() for one in template.of_type("AWS::Lambda::Function").values()]


def test_the_stories_end_on_the_laptop_and_in_the_simulator_as_without_a_canary(project: Path) -> None:
    played = run(project, "demo")
    simulated = run(project, "simulate", "--seeds", "30", "--full", "3", "--jobs", "1")

    assert played.returncode == 0, played.stdout + played.stderr
    assert simulated.returncode == 0, simulated.stdout + simulated.stderr


def test_a_misspelt_canary_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    project = with_canary(copy_lending(tmp_path / "project"), "CodeDeployDefault.LambdaCanary10Percent7Minutes")

    refused = subprocess.run([sys.executable, "app.py"], cwd=project, capture_output=True, text=True, check=False)

    assert refused.returncode != 0
    assert "the canary of mail is 'CodeDeployDefault.LambdaCanary10Percent7Minutes'" in refused.stderr
    assert "LambdaCanary10Percent5Minutes" in refused.stderr
