"""CloudWatch Logs: what functions print, found by boto3."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ensemble.laptop import Laptop
from ensemble.laptop.logs.pattern import PatternRefused, compiled
from tests.toolkit.laptop.assemblies import function, resource
from tests.toolkit.laptop.clients import aws, client
from tests.toolkit.laptop.small import laptop_with

PRINTS = """
import json
def handler(event, context):
    for line in event["lines"]:
        print(line if isinstance(line, str) else json.dumps(line))
    print(context.log_group_name) if "names" in event else None
    if "raises" in event:
        raise ValueError("no")
"""
START = 1_767_225_600_000
"""2026-01-01T00:00:00Z in milliseconds."""


def lending(directory: Path) -> Laptop:
    return laptop_with(
        directory,
        bundles={"loan": PRINTS, "other": PRINTS},
        Log=resource("AWS::Logs::LogGroup", LogGroupName="/lending/loan", RetentionInDays=7),
        Loan=function("loan", LoggingConfig={"LogGroup": {"Ref": "Log"}, "LogFormat": "JSON"}),
        Other=function("other"),
    )


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    with lending(tmp_path) as laptop:
        yield laptop


@pytest.fixture
def logs(laptop: Laptop) -> Any:
    return client(laptop.serve(), "logs")


def prints(laptop: Laptop, *lines: Any) -> None:
    laptop.invoke("loan", {"lines": lines})


def found(logs: Any, pattern: str = "", **asked: Any) -> list[str]:
    """Return the messages of all pages."""
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName="/lending/loan", filterPattern=pattern, **asked
    )
    return [event["message"] for page in pages for event in page["events"]]


def test_a_group_is_there_as_its_template_has_it_and_as_lambda_makes_it(laptop: Laptop, logs: Any) -> None:
    prints(laptop, "a line")
    one, other = logs.describe_log_groups(limit=1), logs.describe_log_groups(logGroupNamePrefix="/lending")

    assert [group["logGroupName"] for group in one["logGroups"]] == ["/aws/lambda/other"]
    assert "nextToken" in one
    (group,) = other["logGroups"]
    assert (group["logGroupName"], group["retentionInDays"], group["storedBytes"]) == ("/lending/loan", 7, 32)
    assert group["arn"] == "arn:aws:logs:eu-west-1:000000000000:log-group:/lending/loan:*"


def test_what_a_function_prints_is_found_with_the_laptops_time(laptop: Laptop, logs: Any) -> None:
    prints(laptop, "one")
    laptop.advance(90)
    prints(laptop, "two", "three")

    events = logs.filter_log_events(logGroupName="/lending/loan")["events"]

    assert [(event["timestamp"] - START, event["message"]) for event in events] == [
        (0, "one"),
        (90_000, "two"),
        (90_000, "three"),
    ]


def test_lines_are_found_by_what_their_json_says(laptop: Laptop, logs: Any) -> None:
    prints(laptop, {"id": "o-1", "n": 1}, {"id": "o-2", "n": 2}, "id o-1", {"id": "o-1", "n": 3})

    assert found(logs, '{ $.id = "o-1" }') == ['{"id": "o-1", "n": 1}', '{"id": "o-1", "n": 3}']
    assert found(logs, '{ $.id = "o-1" && $.n > 1 }') == ['{"id": "o-1", "n": 3}']


def test_lines_are_found_between_two_instants_which_are_within(laptop: Laptop, logs: Any) -> None:
    for second in range(4):
        prints(laptop, f"{second}")
        laptop.advance(1)

    assert found(logs, startTime=START + 1_000, endTime=START + 2_000) == ["1", "2"]


def test_pages_go_on_whatever_is_printed_meanwhile(laptop: Laptop, logs: Any) -> None:
    prints(laptop, "a", "b", "c")
    first = logs.filter_log_events(logGroupName="/lending/loan", limit=2)
    prints(laptop, "d")
    second = logs.filter_log_events(logGroupName="/lending/loan", nextToken=first["nextToken"])

    assert [event["message"] for event in first["events"]] == ["a", "b"]
    assert [event["message"] for event in second["events"]] == ["c", "d"]
    assert "nextToken" not in second


def test_one_answer_has_about_a_megabyte(laptop: Laptop, logs: Any) -> None:
    prints(laptop, *["x" * 400_000] * 4)

    assert len(logs.filter_log_events(logGroupName="/lending/loan")["events"]) == 3
    assert len(found(logs)) == 4


def test_a_group_keeps_the_newest_lines_in_so_many_bytes(
    laptop: Laptop, logs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ensemble.laptop.logs.groups.MOST_BYTES", 60)
    prints(laptop, "one", "two", "three")

    assert found(logs) == ["two", "three"]


def test_a_group_forgets_what_is_older_than_its_days(laptop: Laptop, logs: Any) -> None:
    prints(laptop, "old")
    laptop.advance(7 * 86_400 + 1)
    prints(laptop, "new")

    assert found(logs) == ["new"]


def test_what_a_handler_raises_is_found_too(laptop: Laptop, logs: Any) -> None:
    client(laptop.serve(), "lambda").invoke(FunctionName="loan", Payload=json.dumps({"lines": [], "raises": 1}))

    assert found(logs)[-1] == "ValueError: no"


def test_the_laptop_that_goes_on_in_changed_stacks_has_the_lines_still(
    laptop: Laptop, logs: Any, tmp_path: Path
) -> None:
    prints(laptop, "before")
    changed = laptop_with(
        tmp_path / "changed",
        bundles={"loan": PRINTS},
        Log=resource("AWS::Logs::LogGroup", LogGroupName="/lending/loan"),
        Loan=function("loan", LoggingConfig={"LogGroup": {"Ref": "Log"}}, MemorySize=512),
    )
    changed.close()
    laptop.take_over(tmp_path / "changed" / "assembly")
    prints(laptop, "after")

    assert found(logs) == ["before", "after"]


def test_the_aws_command_finds_lines(laptop: Laptop) -> None:
    prints(laptop, {"id": "o-1"}, {"id": "o-2"})
    pattern = ["--log-group-name", "/lending/loan", "--filter-pattern", "{ $.id = o-2 }"]
    run = aws(laptop.serve(), "logs", "filter-log-events", *pattern)

    assert run.returncode == 0, run.stderr
    assert [event["message"] for event in json.loads(run.stdout)["events"]] == ['{"id": "o-2"}']


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"filterPattern": "ERROR"}, "only those for JSON are run, as .* not ERROR"),
        ({"filterPattern": "{ $.a = %x% }"}, r"\{ \$\.a = %x% \} is not run here: see %x%"),
        ({"logStreamNames": ["local"]}, "logStreamNames is not answered by the laptop AWS"),
        ({"nextToken": "x"}, "'x' is no token of the laptop AWS"),
    ],
)
def test_what_is_not_answered_is_refused_with_its_text(logs: Any, asked: Any, why: str) -> None:
    with pytest.raises(ClientError, match=f"InvalidParameterException.*{why}"):
        logs.filter_log_events(logGroupName="/lending/loan", **asked)


def test_a_group_that_is_not_there_is_the_error_that_boto3_knows(logs: Any) -> None:
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.filter_log_events(logGroupName="gone")


LINE = {"a": "text", "n": 2, "yes": True, "no": False, "none": None, "deep": {"list": [{"b": "x"}, 7]}, "odd name": 1}


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        '{ $.a = "text" }',
        "{$.a=text}",
        '{ $.a = "te*" }',
        '{ $.a = "*x*" }',
        '{ $.a != "other" }',
        "{ $.n = 2 }",
        "{ $.n >= 2 && $.n <= 2.0 }",
        "{ $.n < 3 && $.n > 1.5 && $.n != 3 }",
        "{ $.yes IS TRUE }",
        "{ $.no IS FALSE }",
        "{ $.none IS NULL }",
        "{ $.gone NOT EXISTS }",
        "{ $.none = * }",
        '{ $.deep.list[0].b = "x" }',
        "{ $.deep.list[1] = 7 }",
        '{ $["odd name"] = 1 }',
        '{ $.a = "other" || $.n = 2 }',
        '{ ($.a = "other" || $.n = 2) && $.yes IS TRUE }',
        '{ $.a = "other" && $.a = "other" || $.n = 2 }',
    ],
)
def test_a_pattern_finds_the_line(pattern: str) -> None:
    assert compiled(pattern)(json.dumps(LINE))


@pytest.mark.parametrize(
    "pattern",
    [
        '{ $.a = "tex" }',
        '{ $.a = "Text" }',
        '{ $.a != "t*t" }',
        '{ $.gone != "text" }',
        "{ $.gone = * }",
        "{ $.a NOT EXISTS }",
        "{ $.a > 1 }",
        '{ $.n = "2" }',
        "{ $.yes = 1 }",
        "{ $.none IS TRUE }",
        "{ $.gone IS NULL }",
        "{ $.deep.list[9].b = x }",
        "{ $.a.b = x }",
        '{ $.n = 2 && ($.a = "other" || $.yes IS FALSE) }',
    ],
)
def test_a_pattern_does_not_find_the_line(pattern: str) -> None:
    assert not compiled(pattern)(json.dumps(LINE))


@pytest.mark.parametrize(
    "pattern",
    [
        "{ }",
        "{ a = 1 }",
        "{ $.a }",
        "{ $.a = }",
        "{ $.a = 1 && }",
        "{ ($.a = 1 }",
        "{ $.a = 1 ) }",
        '{ $.a > "text" }',
        "{ $.a > text }",
        '{ $.a = "text }',
        "{ $.a = 1 $.b = 2 }",
        "{ $.a IN (1) }",
        "{ $.a[*] = 1 }",
        "[a, b]",
        '"a" "b"',
    ],
)
def test_a_pattern_that_is_not_run_is_refused(pattern: str) -> None:
    with pytest.raises(PatternRefused):
        compiled(pattern)


@pytest.mark.parametrize("line", ["", "text", "{", "[1]", '"a"', '{"a": ' * 5_000])
def test_a_line_that_is_no_json_object_is_found_by_no_pattern(line: str) -> None:
    assert not compiled("{ $.a NOT EXISTS }")(line)
