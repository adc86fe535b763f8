"""Functions: each with its own modules, environment, output and clock, and the process unharmed."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Any

import botocore.handlers
import pytest

from ensemble.aws.errors import InvocationFailed
from ensemble.laptop import Killed, Laptop, VirtualClock
from functions.kit import clock
from tests.toolkit.laptop.assemblies import Template, function, template, write_assembly
from tests.toolkit.laptop.small import entry, laptop_with, left_out, subscriber

TELLS = """
import os, sys
from functions.lazy import VALUE as eager
def handler(event, context):
    from functions import lazy
    return {"lazy": lazy.VALUE, "mine": os.environ.get("MINE"), "variables": dict(os.environ), "eager": eager}
"""

LOGS = """
import logging, sys
logger = logging.getLogger("shared-name")
logger.addHandler(logging.StreamHandler(sys.stdout))
def handler(event, context):
    print("printed", end="")
    print("wrong", file=sys.stderr)
    logger.error("logged")
    logging.error("root")
    logging.info("unseen")
"""

CONTEXT = """
def handler(event, context):
    return {
        "name": context.function_name, "memory": context.memory_limit_in_mb, "arn": context.invoked_function_arn,
        "left": context.get_remaining_time_in_millis(), "id": context.aws_request_id,
    }
"""

SETS_VARIABLE = """
import os
os.environ["LEFT"] = "behind"
def handler(event, context):
    return os.environ.get("LEFT")
"""

READS_VARIABLE = "import os\ndef handler(event, context):\n    return os.environ.get('LEFT')\n"

CLOCK = "import time\ndef now():\n    return time.time()\n"
ASKS_CLOCK = """
from functions.kit import clock
from functions.kit.clock import now
def handler(event, context):
    return [clock.now(), now()]
"""


def bundled(directory: Path, bundles: dict[str, dict[str, str]], **variables: str) -> Laptop:
    """Deploy a function for each bundle."""
    environment: Template = {"Environment": {"Variables": variables}} if variables else {}
    functions = {name.title(): function(name, **environment) for name in bundles}
    return Laptop(write_assembly(directory, {"lending": template(**functions)}, bundles), VirtualClock())


def test_each_function_has_its_own_modules_also_those_it_imports_late(tmp_path: Path) -> None:
    bundles = {
        name: {"functions/handler.py": TELLS, "functions/lazy.py": f"VALUE = {name!r}\n"} for name in ("one", "other")
    }
    with bundled(tmp_path, bundles) as laptop:
        answers = [laptop.invoke(name, {}) for name in ("one", "other", "one")]

        assert [(answer["lazy"], answer["eager"]) for answer in answers] == [
            ("one", "one"),
            ("other", "other"),
            ("one", "one"),
        ]
        assert laptop.function("one").module is not laptop.function("other").module


def test_a_function_sees_its_own_variables_and_lambdas_and_not_the_processs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    bundle = {"functions/handler.py": TELLS, "functions/lazy.py": "VALUE = 1\n"}
    with bundled(tmp_path, {"one": bundle}, MINE="yes") as laptop:
        variables = laptop.invoke("one", {})["variables"]

        assert variables["MINE"] == "yes"
        assert variables["AWS_LAMBDA_FUNCTION_NAME"] == "one"
        assert variables["AWS_REGION"] == variables["AWS_DEFAULT_REGION"] == "eu-west-1"
        assert variables["_X_AMZN_TRACE_ID"].startswith("Root=1-")
        assert not {"AWS_PROFILE", "LAMBDA_TASK_ROOT"} & set(variables)
        assert os.environ["AWS_PROFILE"] == "production"


def test_a_variable_that_a_function_sets_is_its_own(tmp_path: Path) -> None:
    bundles = {"sets": {"functions/handler.py": SETS_VARIABLE}, "reads": {"functions/handler.py": READS_VARIABLE}}
    with bundled(tmp_path, bundles) as laptop:
        answers = [laptop.invoke(name, {}) for name in ("sets", "reads", "sets")]

        assert answers == ["behind", None, "behind"]
        assert "LEFT" not in os.environ


def test_the_process_is_as_before_after_an_invocation(tmp_path: Path) -> None:
    import functions  # the project's own package, which the bundle's would hide

    before = (
        sys.modules["functions"],
        list(sys.path),
        dict(os.environ),
        sys.stdout,
        sys.stderr,
        logging.getLogger(),
        logging.getLogger("functions"),
        list(botocore.handlers.BUILTIN_HANDLERS),
        sys.dont_write_bytecode,
    )
    with laptop_with(tmp_path, bundles={"one": LOGS}, One=function("one")) as laptop:
        laptop.invoke("one", {})
        after = (
            sys.modules["functions"],
            list(sys.path),
            dict(os.environ),
            sys.stdout,
            sys.stderr,
            logging.getLogger(),
            logging.getLogger("functions"),
            list(botocore.handlers.BUILTIN_HANDLERS),
            sys.dont_write_bytecode,
        )

    assert after == before
    assert sys.modules["functions"] is functions
    assert "functions.handler" not in sys.modules


def test_hooks_and_listeners_run_with_the_process_as_it_was(tmp_path: Path) -> None:
    puts = """
from botocore.session import get_session
events = get_session().create_client("events")
def handler(event, context):
    if event["Records"][0]["attributes"]["ApproximateReceiveCount"] == "1":
        events.put_events(Entries=[{"Source": "loan", "DetailType": "Heard", "Detail": "{}"}])
"""
    with subscriber(tmp_path, puts) as laptop:
        seen: dict[str, set[bool]] = {}

        def look(place: str) -> None:
            seen.setdefault(place, set()).add("AWS_LAMBDA_FUNCTION_NAME" in os.environ)

        laptop.before_invoke(lambda _name, _event: look("before"))
        laptop.after_invoke(lambda _name, _event: look("after"))
        laptop.on_event(lambda _bus, event: look(event["detail-type"]))
        laptop.put_events([entry()])
        laptop.run_until_idle()

        assert seen == {place: {False} for place in ("LoanRequested", "before", "after", "Heard")}


def test_a_predicate_is_asked_with_the_process_as_it_was(tmp_path: Path) -> None:
    with subscriber(tmp_path, "def handler(event, context): ...\n") as laptop:
        seen: set[bool] = set()

        def is_handled() -> bool:
            seen.add("AWS_LAMBDA_FUNCTION_NAME" in os.environ)
            return laptop.function("loan").invocations == 1

        laptop.put_events([entry()])

        assert laptop.run_until(is_handled, timeout_seconds=5)
        assert seen == {False}


def test_what_a_function_prints_and_logs_is_its_output_and_nothing_reaches_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundles = {name: {"functions/handler.py": LOGS} for name in ("one", "other")}
    with bundled(tmp_path, bundles) as laptop:
        laptop.invoke("one", {})
        laptop.invoke("other", {})

        assert (
            laptop.function("one").output
            == laptop.function("other").output
            == ["printedwrong", "logged", "logged", "root"]
        )
        assert capsys.readouterr() == ("", "")


def test_outputs_are_also_written_to_files_when_a_directory_is_given(tmp_path: Path) -> None:
    assembly = write_assembly(
        tmp_path, {"lending": template(One=function("one"))}, {"one": {"functions/handler.py": LOGS}}
    )
    with Laptop(assembly, log_directory=tmp_path / "logs") as laptop:
        laptop.invoke("one", {})

    assert (tmp_path / "logs" / "one.log").read_text().splitlines() == ["printedwrong", "logged", "logged", "root"]


def test_a_handler_knows_its_invocation(tmp_path: Path) -> None:
    with laptop_with(tmp_path, bundles={"one": CONTEXT}, One=function("one", MemorySize=256, Timeout=20)) as laptop:
        answer = laptop.invoke("one", {})

        assert answer.pop("id") != laptop.invoke("one", {})["id"]
        assert answer == {
            "name": "one",
            "memory": "256",
            "arn": "arn:aws:lambda:eu-west-1:000000000000:function:one",
            "left": 20_000,
        }


def test_the_bundles_clock_shows_the_laptops_time(tmp_path: Path) -> None:
    bundle = {"functions/handler.py": ASKS_CLOCK, "functions/kit/clock.py": CLOCK}
    with bundled(tmp_path, {"one": bundle}) as laptop:
        laptop.advance(86_400)

        assert laptop.invoke("one", {}) == [1_767_312_000, 1_767_312_000]


def test_a_bundle_without_a_clock_leaves_that_of_the_process_alone(tmp_path: Path) -> None:
    before, one = clock.now, {"stack": template(One=function("one", "index.handler"))}
    assembly = write_assembly(tmp_path, one, {"one": {"index.py": CONTEXT}})

    with Laptop(assembly, VirtualClock()) as laptop:
        laptop.invoke("one", {})

    assert clock.now is before


def test_a_handler_that_raises_is_a_failed_invocation_with_its_traceback_in_the_output(tmp_path: Path) -> None:
    raising = "def handler(event, context):\n    raise ValueError('no such loan')\n"
    with laptop_with(tmp_path, bundles={"one": raising}, One=function("one")) as laptop:
        with pytest.raises(InvocationFailed) as failed:
            laptop.invoke("one", {"n": 1})

        assert isinstance(failed.value.__cause__, ValueError)
        (failure,) = laptop.failures
        assert (failure.function, failure.event, failure.time) == ("one", {"n": 1}, "2026-01-01T00:00:00Z")
        assert "no such loan" in failure.traceback
        assert laptop.function("one").output[-1] == "ValueError: no such loan"


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("import not_there\n", "not_there"),
        ("def other(event, context): ...\n", "handler"),
        ("def handler(event, context):\n    return object()\n", "not JSON serializable"),
        ("import sys\ndef handler(event, context):\n    sys.exit(1)\n", "SystemExit"),
    ],
)
def test_what_lambda_could_not_run_fails_each_invocation(tmp_path: Path, source: str, named: str) -> None:
    with laptop_with(tmp_path, bundles={"one": source}, One=function("one")) as laptop:
        for _ in range(2):
            with pytest.raises(InvocationFailed, match=named):
                laptop.invoke("one", {})


def test_a_hook_that_raises_anything_but_killed_is_an_error_of_the_test(tmp_path: Path) -> None:
    def broken(_name: str, _event: Any) -> None:
        raise KeyError("typo")

    with laptop_with(tmp_path, bundles={"one": LOGS}, One=function("one")) as laptop:
        laptop.before_invoke(broken)
        with pytest.raises(KeyError, match="typo"):
            laptop.invoke("one", {})


def test_a_function_killed_before_its_handler_does_nothing(tmp_path: Path) -> None:
    def kill(_name: str, _event: Any) -> None:
        raise Killed("before the handler")

    with laptop_with(tmp_path, bundles={"one": LOGS}, One=function("one")) as laptop:
        laptop.before_invoke(kill)
        with pytest.raises(InvocationFailed):
            laptop.invoke("one", {})

        assert not any("printed" in line for line in laptop.function("one").output)


def test_a_client_made_by_boto3s_default_session_never_reaches_the_network(tmp_path: Path) -> None:
    uses_boto3 = """
import boto3
sqs = boto3.client("sqs")
def handler(event, context):
    try:
        sqs.get_queue_url(QueueName="gone")
    except sqs.exceptions.QueueDoesNotExist as error:
        return error.response["Error"]["Message"]
"""
    with laptop_with(tmp_path, bundles={"one": uses_boto3}, One=function("one")) as laptop:
        import boto3

        outside = boto3.DEFAULT_SESSION
        assert laptop.invoke("one", {}) == "The specified queue does not exist: gone"
        assert boto3.DEFAULT_SESSION is outside


def test_a_service_that_is_not_answered_is_an_error_that_names_the_operation(tmp_path: Path) -> None:
    asks = """
from botocore.session import get_session
def handler(event, context):
    get_session().create_client("kms").list_keys()
"""
    named = pytest.raises(InvocationFailed, match="ListKeys is not answered by the laptop AWS")
    with laptop_with(tmp_path, bundles={"one": asks}, One=function("one")) as laptop, named:
        laptop.invoke("one", {})


def test_nothing_is_written_into_the_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    with laptop_with(tmp_path, bundles={"one": LOGS}, One=function("one")) as laptop:
        laptop.invoke("one", {})

    assert list((tmp_path / "asset.one").rglob("__pycache__")) == []


def test_a_function_can_be_loaded_before_its_first_invocation(tmp_path: Path) -> None:
    with laptop_with(tmp_path, bundles={"one": LOGS}, One=function("one")) as laptop:
        assert not laptop.function("one").is_loaded
        laptop.load("one")

        assert (laptop.function("one").module.__name__, laptop.function("one").invocations) == ("functions.handler", 0)


def test_two_laptops_in_one_process_do_not_see_each_other(tmp_path: Path) -> None:
    counts = "calls = []\ndef handler(event, context):\n    calls.append(1)\n    return len(calls)\n"
    with (
        laptop_with(tmp_path / "one", bundles={"one": counts}, One=function("one")) as one,
        laptop_with(tmp_path / "other", bundles={"one": counts}, One=function("one")) as other,
    ):
        assert [one.invoke("one", {}), other.invoke("one", {}), one.invoke("one", {})] == [1, 1, 2]


def test_a_function_whose_asset_is_not_there_is_listed_and_left_out(tmp_path: Path) -> None:
    with laptop_with(tmp_path, One=function("gone")) as laptop:
        assert left_out(laptop)["One"].startswith("its code is {'S3Bucket': 'assets', 'S3Key': 'gone.zip'}, and only")
        assert laptop.functions == {}


UNTOLD = """
class Untold(Exception):
    def __repr__(self):
        return self.missing
def handler(event, context):
    raise Untold
"""


@pytest.mark.parametrize(
    ("source", "described"),
    [
        ("import asyncio\ndef handler(event, context):\n    raise asyncio.CancelledError\n", "CancelledError()"),
        (UNTOLD, "Untold, whose own description fails with AttributeError"),
        (
            "def handler(event, context):\n    print('\\ud800')\n    raise ValueError('\\ud800')\n",
            "ValueError('\\ud800')",
        ),
    ],
)
def test_whatever_a_handler_raises_and_prints_is_a_failed_invocation(
    tmp_path: Path, source: str, described: str
) -> None:
    assembly = write_assembly(
        tmp_path, {"lending": template(One=function("one"))}, {"one": {"functions/handler.py": source}}
    )
    with Laptop(assembly, log_directory=tmp_path / "logs") as laptop:
        with pytest.raises(InvocationFailed, match=r"^one: "):
            laptop.invoke("one", {})

        assert [failure.description for failure in laptop.failures] == [described]


def test_ctrl_c_gets_past_a_handler(tmp_path: Path) -> None:
    interrupted = "def handler(event, context):\n    raise KeyboardInterrupt\n"
    with (
        laptop_with(tmp_path, bundles={"one": interrupted}, One=function("one")) as laptop,
        pytest.raises(KeyboardInterrupt),
    ):
        laptop.invoke("one", {})


def test_a_handler_that_is_back_after_its_timeout_failed(tmp_path: Path) -> None:
    slow = "def handler(event, context):\n    event['clock'].wait_until(event['until'], None)\n"
    with laptop_with(tmp_path, bundles={"one": slow}, One=function("one", Timeout=2)) as laptop:
        clock, start = laptop.engine.clock, laptop.now()

        laptop.invoke("one", {"clock": clock, "until": start + 2})
        with pytest.raises(InvocationFailed, match=r"Task timed out after 2\.00 seconds"):
            laptop.invoke("one", {"clock": clock, "until": start + 4.5})


def test_what_a_function_changes_of_a_variable_the_path_and_the_directory_reaches_nobody_else(
    tmp_path: Path,
) -> None:
    changes = """
import os, sys
sys.path.insert(0, "/vendored")
def handler(event, context):
    os.environ["STAGE"], kept = "changed", os.environ["STAGE"]
    os.chdir("/")
    return [kept, sys.path[0]]
"""
    reports = "import os, sys\ndef handler(event, context):\n    return [os.environ['STAGE'], sys.path, os.getcwd()]\n"
    bundles = {name: {"functions/handler.py": text} for name, text in (("changes", changes), ("reports", reports))}
    path, directory = list(sys.path), os.getcwd()
    with bundled(tmp_path, bundles, STAGE="template") as laptop:
        with laptop.engine.lock:  # one turn of the engine, in which the functions follow each other
            invoke, names = laptop._cloud.invoker.invoke, ("changes", "reports", "changes")
            answers = [invoke(laptop.function(name), {}) for name in names]
            laptop._cloud.sandbox.leave()

        assert answers[0] == ["template", "/vendored"]
        assert answers[1] == ["template", [str(tmp_path / "asset.reports"), *path], directory]
        assert answers[2] == ["changed", "/vendored"]
        assert (sys.path, os.getcwd()) == (path, directory)


def test_a_handler_may_write_bytes(tmp_path: Path) -> None:
    writes = """
import sys
def handler(event, context):
    sys.stdout.buffer.write("é".encode()[:1])
    sys.stdout.buffer.write("é".encode()[1:] + b"\\n\\xff")
"""
    with laptop_with(tmp_path, bundles={"one": writes}, One=function("one")) as laptop:
        laptop.invoke("one", {})

        assert laptop.function("one").output == ["é", r"\xff"]


def test_each_start_begins_the_logs_anew(tmp_path: Path) -> None:
    assembly = write_assembly(
        tmp_path, {"lending": template(One=function("one"))}, {"one": {"functions/handler.py": LOGS}}
    )
    for _ in range(2):
        with Laptop(assembly, log_directory=tmp_path / "logs") as laptop:
            laptop.invoke("one", {})

    assert (tmp_path / "logs" / "one.log").read_text().count("printed") == 1
