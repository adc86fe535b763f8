"""Every fault has a kind: that of the exception itself, of AWS's code, of the client's class or of the HTTP status."""

from __future__ import annotations

import errno
import http.client
import socket
import ssl
import urllib.error
from email.message import Message
from http import HTTPStatus
from typing import Any

import pytest
import requests
import urllib3
from botocore import exceptions as botocore
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from botocore.retries.standard import ThrottledRetryableChecker, TransientRetryableChecker
from botocore.session import get_session

from functions.kit import errors
from functions.kit.errors import BreakerOpen, Kind, NotYet, Unavailable, VersionConflict
from functions.kit.faults import LONGEST_CHAIN, kind_of

ASKED = ("dynamodb", "events", "kms", "lambda", "sns", "sqs", "sts")
"""What a service usually asks of AWS."""


def of_aws(code: str, status: int = 400, reasons: tuple[str, ...] = ()) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    if reasons:
        response["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return ClientError(response, "PutItem")


def of_module(module: str, *names: str) -> BaseException:
    """Make an exception of a library that is not installed, by the names of its classes from the root on."""
    made: type[BaseException] = Exception
    for name in names:
        made = type(name, (made,), {"__module__": module})
    return made("no")


class Refused(Exception):
    """An exception as clients of HTTP raise it for an answer, with its status in the attribute that they use."""

    def __init__(self, **attributes: Any) -> None:
        for name, value in attributes.items():
            setattr(self, name, value)


@pytest.mark.parametrize(
    "code",
    [
        *(
            "ProvisionedThroughputExceededException",
            "RequestLimitExceeded",
            "ThrottlingException",
            "InternalServerError",
        ),
        *("ReplicatedWriteConflictException", "TransactionInProgressException"),
        *("OverLimit", "RequestThrottled", "KmsThrottled", "AWS.SimpleQueueService.OverLimit"),
        *("Throttled", "InternalError", "KMSThrottling", "ConcurrentAccess", "InternalException", "InternalFailure"),
        *("KMSInternalException", "DependencyTimeoutException", "KeyUnavailableException", "IDPCommunicationError"),
        *("EC2ThrottledException", "SnapStartTimeoutException", "ServiceUnavailable", "SlowDown"),
    ],
)
def test_what_aws_cannot_do_now_is_an_outage(code: str) -> None:
    assert kind_of(of_aws(code)) is Kind.OUTAGE


@pytest.mark.parametrize(
    "code",
    [
        *(
            "AccessDeniedException",
            "AccessDenied",
            "AuthorizationError",
            "UnrecognizedClientException",
            "RequestExpired",
        ),
        *("ExpiredTokenException", "ExpiredToken", "InvalidClientTokenId", "InvalidSignatureException", "NotFound"),
        *("MissingAuthenticationToken", "MissingAuthenticationTokenException", "IncompleteSignature", "OptInRequired"),
        *("ResourceNotFoundException", "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"),
        *("QueueDeletedRecently", "InvalidSecurity", "KmsAccessDenied", "KmsDisabled", "KmsInvalidState"),
        *("KMSAccessDeniedException", "KMSDisabledException", "KMSInvalidStateException", "DisabledException"),
        *("RegionDisabledException", "InvalidIdentityToken", "RequestTimeTooSkewed", "DecryptionFailure"),
    ],
)
def test_what_somebody_must_mend_in_the_deployment_is_an_outage(code: str) -> None:
    assert kind_of(of_aws(code, 403)) is Kind.OUTAGE


@pytest.mark.parametrize(
    "code",
    [
        *(
            "ValidationException",
            "ValidationError",
            "ItemCollectionSizeLimitExceededException",
            "SerializationException",
        ),
        *("InvalidParameterValue", "InvalidMessageContents", "RequestTooLargeException", "BatchRequestTooLong"),
        *("InvalidRequestContentException", "ParameterValueInvalid", "UnsupportedMediaTypeException"),
    ],
)
def test_a_request_that_aws_refuses_is_refused_at_every_try(code: str) -> None:
    assert kind_of(of_aws(code)) is Kind.NEVER


@pytest.mark.parametrize(
    "code",
    ["ConditionalCheckFailedException", "NoSuchKey", "ResourceInUseException", "KMSInvalidSignatureException", "404"],
)
def test_an_answer_of_aws_that_nobody_expected_is_tried_a_few_times(code: str) -> None:
    assert kind_of(of_aws(code, 404)) is Kind.PERHAPS


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 599])
def test_any_code_of_aws_with_the_status_of_an_outage_is_one(status: int) -> None:
    assert kind_of(of_aws("NobodyKnowsIt", status)) is Kind.OUTAGE


def test_what_botocore_retries_is_an_outage() -> None:
    throttled = ThrottledRetryableChecker._THROTTLED_ERROR_CODES  # type: ignore[attr-defined]
    codes = [*throttled, *TransientRetryableChecker._TRANSIENT_ERROR_CODES]  # type: ignore[attr-defined]

    assert {code: kind_of(of_aws(code)) for code in codes} == dict.fromkeys(codes, Kind.OUTAGE)


@pytest.mark.parametrize("service", ASKED)
def test_what_the_api_itself_calls_retryable_or_a_fault_of_its_own_is_an_outage(service: str) -> None:
    shapes = get_session().get_service_model(service).error_shapes
    retryable = [shape for shape in shapes if shape.metadata.get("retryable") or shape.metadata.get("fault")]

    for shape in retryable:
        told = shape.metadata.get("error", {})
        assert kind_of(of_aws(told.get("code", shape.name), told.get("httpStatusCode", 400))) is Kind.OUTAGE, shape.name


def test_an_answer_of_aws_without_an_error_has_a_kind_too() -> None:
    assert kind_of(ClientError({}, "PutItem")) is Kind.PERHAPS


@pytest.mark.parametrize(
    ("reasons", "kind"),
    [
        (("None", "ThrottlingError"), Kind.OUTAGE),
        (("ProvisionedThroughputExceeded", "None"), Kind.OUTAGE),
        (("ConditionalCheckFailed", "ThrottlingError"), Kind.OUTAGE),
        (("None", "ValidationError"), Kind.NEVER),
        (("ItemCollectionSizeLimitExceeded",), Kind.NEVER),
        (("ThrottlingError", "ValidationError"), Kind.NEVER),
        (("ConditionalCheckFailed", "None"), Kind.PERHAPS),
        (("None", "None"), Kind.PERHAPS),
    ],
)
def test_a_cancelled_transaction_is_told_by_its_reasons(reasons: tuple[str, ...], kind: Kind) -> None:
    assert kind_of(of_aws("TransactionCanceledException", reasons=reasons)) is kind


@pytest.mark.parametrize(
    "fault",
    [
        botocore.EndpointConnectionError(endpoint_url="https://x"),
        botocore.ConnectTimeoutError(endpoint_url="https://x"),
        botocore.ReadTimeoutError(endpoint_url="https://x"),
        botocore.ConnectionClosedError(endpoint_url="https://x"),
        botocore.ProxyConnectionError(proxy_url="https://x"),
        botocore.SSLError(endpoint_url="https://x", error=ValueError()),
        botocore.HTTPClientError(error="no"),
        botocore.ResponseStreamingError(error="no"),
        botocore.IncompleteReadError(actual_bytes=1, expected_bytes=2),
        botocore.NoCredentialsError(),
        botocore.PartialCredentialsError(provider="env", cred_var="x"),
        botocore.CredentialRetrievalError(provider="x", error_msg="no"),
        botocore.MetadataRetrievalError(error_msg="no"),
        ResponseParserError("a page of a gateway"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_botocore_without_an_answer_or_a_credential_is_an_outage(fault: Exception) -> None:
    assert kind_of(fault) is Kind.OUTAGE


@pytest.mark.parametrize(
    "fault",
    [
        TimeoutError("no"),
        socket.gaierror(-2, "Name or service not known"),
        ConnectionResetError(),
        ConnectionRefusedError(),
        BrokenPipeError(),
        OSError(errno.EHOSTUNREACH, "No route to host"),
        OSError(errno.ENETUNREACH, "Network is unreachable"),
        ssl.SSLError("no"),
        ssl.SSLCertVerificationError("no"),
        http.client.RemoteDisconnected("no"),
        http.client.IncompleteRead(b""),
        http.client.BadStatusLine("no"),
        urllib.error.URLError("no"),
        urllib3.exceptions.MaxRetryError(None, "/"),  # type: ignore[arg-type]
        urllib3.exceptions.NewConnectionError(None, "no"),  # type: ignore[arg-type]
        urllib3.exceptions.ReadTimeoutError(None, "/", "no"),  # type: ignore[arg-type]
        urllib3.exceptions.ProtocolError("no"),
        urllib3.exceptions.SSLError("no"),
        requests.ConnectionError("no"),
        requests.exceptions.SSLError("no"),
        requests.exceptions.ProxyError("no"),
        requests.ReadTimeout("no"),
        requests.exceptions.ChunkedEncodingError("no"),
        requests.exceptions.RetryError("no"),
        of_module("httpx", "TransportError", "NetworkError", "ConnectError"),
        of_module("httpx", "TransportError", "TimeoutException", "ReadTimeout"),
        of_module("httpx", "TransportError", "ProtocolError", "RemoteProtocolError"),
        of_module("httpcore._exceptions", "NetworkError", "ConnectError"),
        of_module("aiohttp.client_exceptions", "ClientError", "ClientConnectionError", "ServerDisconnectedError"),
        of_module("aiohttp.client_exceptions", "ClientPayloadError"),
    ],
    ids=lambda fault: f"{type(fault).__module__}.{type(fault).__name__}",
)
def test_any_client_without_an_answer_is_an_outage(fault: Exception) -> None:
    assert kind_of(fault) is Kind.OUTAGE


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503, HTTPStatus.BAD_GATEWAY])
@pytest.mark.parametrize("attribute", ["status_code", "status", "http_status", "code"])
def test_an_http_status_that_decides_nothing_is_an_outage_wherever_a_client_keeps_it(
    status: int, attribute: str
) -> None:
    assert kind_of(Refused(**{attribute: status})) is Kind.OUTAGE
    assert kind_of(Refused(response=Refused(**{attribute: status}))) is Kind.OUTAGE


def of_urllib(status: int) -> Exception:
    return urllib.error.HTTPError("https://x", status, "no", Message(), None)


def of_requests(status: int) -> Exception:
    response = requests.Response()
    response.status_code = status
    return requests.HTTPError("no", response=response)


@pytest.mark.parametrize("made", [of_urllib, of_requests])
def test_an_answer_that_refuses_is_no_outage_but_one_that_cannot_now_is(made: Any) -> None:
    kinds = {status: kind_of(made(status)) for status in (400, 401, 404, 409, 422, 429, 503)}

    assert kinds == {**dict.fromkeys((400, 401, 404, 409, 422), Kind.PERHAPS), 429: Kind.OUTAGE, 503: Kind.OUTAGE}


@pytest.mark.parametrize(
    "fault",
    [
        KeyError("total"),
        FileNotFoundError(errno.ENOENT, "no"),
        OSError(errno.ENOSPC, "No space left on device"),
        PermissionError(errno.EACCES, "no"),
        RecursionError(),
        MemoryError(),
        EOFError(),
        ValueError("no"),
        requests.exceptions.MissingSchema("no"),
        of_module("httpx", "TransportError", "UnsupportedProtocol"),
        of_module("httpx", "TransportError", "ProtocolError", "LocalProtocolError"),
        of_module("somebody.http", "ConnectionError"),
        Refused(code="503"),
        Refused(code=1006),
        Refused(code=7),
        Refused(code=True),
    ],
    ids=lambda fault: f"{type(fault).__name__}-{fault}",
)
def test_what_may_be_a_bug_is_tried_a_few_times_only(fault: Exception) -> None:
    assert kind_of(fault) is Kind.PERHAPS


@pytest.mark.parametrize(
    "fault", [botocore.ParamValidationError(report="no"), UnicodeEncodeError("utf-8", "\ud800", 0, 1, "no")]
)
def test_a_request_that_cannot_even_be_written_never_succeeds(fault: Exception) -> None:
    assert kind_of(fault) is Kind.NEVER


def raised(fault: Exception, *causes: Exception) -> Exception:
    """Return the fault as if it had been raised from its cause, and so on."""
    for one, cause in zip((fault, *causes), causes, strict=False):
        one.__cause__ = cause
    return fault


def test_a_fault_that_was_raised_from_an_outage_is_one() -> None:
    assert kind_of(raised(RuntimeError(), ValueError(), TimeoutError())) is Kind.OUTAGE
    assert kind_of(raised(RuntimeError(), of_aws("ThrottlingException"))) is Kind.OUTAGE
    assert kind_of(raised(RuntimeError(), Unavailable("no"))) is Kind.OUTAGE


def test_a_fault_that_was_raised_from_anything_else_is_what_it_is_itself() -> None:
    assert kind_of(raised(RuntimeError(), of_aws("ValidationException"))) is Kind.PERHAPS
    assert kind_of(raised(RuntimeError(), NotYet("no"))) is Kind.PERHAPS


def test_what_says_its_kind_itself_is_of_that_kind_whatever_it_was_raised_from() -> None:
    assert kind_of(raised(VersionConflict("no"), TimeoutError())) is Kind.NOT_YET
    assert kind_of(raised(errors.PublicationRefused("no"), TimeoutError())) is Kind.NEVER


def test_a_fault_that_happened_while_an_outage_was_handled_is_not_one_for_that() -> None:
    fault = RuntimeError()
    fault.__context__ = TimeoutError()

    assert kind_of(fault) is Kind.PERHAPS


def test_faults_raised_from_each_other_in_a_circle_have_a_kind() -> None:
    one, other = RuntimeError(), ValueError()
    one.__cause__, other.__cause__ = other, one

    assert kind_of(one) is Kind.PERHAPS
    assert (
        kind_of(raised(RuntimeError(), *(ValueError() for _ in range(LONGEST_CHAIN)), TimeoutError())) is Kind.PERHAPS
    )


def test_the_errors_of_the_kit_say_their_kind() -> None:
    assert kind_of(errors.ContractViolation("no")) is Kind.NEVER
    assert kind_of(BreakerOpen("no")) is Kind.OUTAGE
    assert kind_of(errors.PublishingFailed("no")) is Kind.OUTAGE
    assert kind_of(errors.SettingMissing("no")) is Kind.OUTAGE
    assert kind_of(NotYet("no")) is Kind.NOT_YET
