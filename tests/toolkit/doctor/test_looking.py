"""What an answer does not tell is not known, and no difference; what is not there is told once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ensemble.doctor.expected import Expected
from ensemble.doctor.looking import KINDS, look

FUNCTION = Expected(
    "stack",
    "AWS::Lambda::Function",
    "lending-dev-loan",
    "",
    {
        "MemorySize": 256,
        "Handler": "a.b",
        "Environment": {"Variables": {"TOKEN": "right", "LEVEL": "INFO"}},
        "Code": {"S3Bucket": "bucket", "S3Key": "key.zip"},
    },
    "Function",
)
CONFIGURATION = {
    "MemorySize": 256,
    "Timeout": 3,
    "Handler": "a.b",
    "Runtime": None,
    "Architectures": ["x86_64"],
    "TracingConfig": {"Mode": "PassThrough"},
    "Environment": {"Variables": {"TOKEN": "right", "LEVEL": "INFO"}},
}


def refusing(code: str) -> Callable[..., Any]:
    def operation(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": ""}}, "Any")

    return operation


class Client:
    """Answers each operation as it is told to, and refuses others."""

    def __init__(self, **answers: Callable[..., Any]) -> None:
        self._answers = answers

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return self._answers.get(name, refusing("UnknownOperation"))


def clients(configuration: Mapping[str, Any], **answers: Callable[..., Any]) -> Callable[[str], Client]:
    one = Client(get_function_configuration=lambda **_: configuration, **answers)
    return lambda _service: one


def test_a_function_that_is_as_the_template_says_is_no_finding_and_what_is_not_answered_is_not_known() -> None:
    report = look([FUNCTION], clients(CONFIGURATION))

    assert report.drifts == ()
    assert report.unknown == {
        ("AWS::Lambda::Function", "LoggingConfig"): "the answer does not tell it",
        ("AWS::Lambda::Function", "Code"): "the answer does not tell it",
        ("AWS::Lambda::Function", "ReservedConcurrentExecutions"): "UnknownOperation",
    }


def test_values_of_settings_are_not_shown_that_are_not_in_the_template() -> None:
    found = {**CONFIGURATION, "Environment": {"Variables": {"TOKEN": "hunter2", "LEVEL": "INFO", "EXTRA": "hunter3"}}}

    (drift,) = look([FUNCTION], clients(found)).drifts

    assert drift.sentence.startswith("function lending-dev-loan: Environment.Variables is otherwise in EXTRA, TOKEN, ")
    assert "hunter" not in drift.sentence


def test_a_bundle_is_older_if_the_one_of_this_tree_was_never_uploaded() -> None:
    asked = clients({**CONFIGURATION, "CodeSha256": "abc"}, get_object=refusing("NoSuchKey"))

    (drift,) = look([FUNCTION], asked).drifts

    assert (drift.path, drift.there) == ("Code", "an older bundle: this tree's was never uploaded")
    assert drift.mend is not None
    assert drift.mend.command == (
        "aws lambda update-function-code --function-name lending-dev-loan --s3-bucket bucket --s3-key key.zip"
    )


def test_what_is_not_there_is_told_once() -> None:
    one = Client(get_function_configuration=refusing("ResourceNotFoundException"))

    (drift,) = look([FUNCTION], lambda _: one).drifts

    assert drift.sentence == "function lending-dev-loan is not there. Its messages wait in their queues."


def test_who_may_not_look_is_told_so_and_nothing_is_said_to_be_gone() -> None:
    report = look([FUNCTION], lambda _: Client(get_function_configuration=refusing("AccessDeniedException")))

    assert report.drifts == ()
    assert set(report.unknown.values()) == {"AccessDeniedException", "UnknownOperation"}


def test_what_is_of_no_known_type_is_counted() -> None:
    role = Expected("stack", "AWS::IAM::Role", "role", "", {}, "Role")

    assert look([role], lambda _: Client()).others == {"AWS::IAM::Role": 1}


@pytest.mark.parametrize("type", sorted(KINDS))
def test_each_type_says_what_comes_of_each_difference(type: str) -> None:
    kind = KINDS[type]
    texts = [kind.gone, *(one.means for view in kind.looks for one in view.properties)]

    assert all(text[0].isupper() and text.endswith(".") for text in texts)
