"""Of what kind a fault is, and so what becomes of the event that met it (`Kind`)."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from socket import gaierror

from botocore import exceptions as botocore
from botocore.exceptions import ClientError

from functions.kit.errors import EnsembleError, Kind

REFUSED = (
    *("BatchRequestTooLong", "InvalidMessage", "InvalidParameter", "InvalidRequestContent", "ItemCollectionSizeLimit"),
    *("ParameterValueInvalid", "RequestEntityTooLarge", "RequestTooLarge", "Serialization", "UnsupportedMediaType"),
)
"""What AWS's codes begin with by which it refuses the request itself, beside Validation: it does so at every try."""

OF_THE_DEPLOYMENT = (
    *("AccessDenied", "AuthFailure", "AuthorizationError", "DecryptionFailure", "Disabled", "EncryptionFailure"),
    *("ExpiredToken", "IncompleteSignature", "InvalidAccessKey", "InvalidClientToken", "InvalidIdentityToken"),
    *("InvalidSecurity", "InvalidSignature", "KMSAccessDenied", "KMSDisabled", "KMSInvalidState", "KMSNotFound"),
    *("KMSOptIn", "Kms", "MissingAuthenticationToken", "NoSuchBucket", "NonExistentQueue", "NotAuthorized"),
    *("NotFound", "OptInRequired"),
    *("QueueDeletedRecently", "QueueDoesNotExist", "RegionDisabled", "RequestExpired", "RequestTimeTooSkewed"),
    *("ResourceNotFound", "SendingPaused", "SignatureDoesNotMatch", "UnrecognizedClient"),
)
"""What codes begin with by which AWS misses a permission, a key, a credential or a resource (AWS API references,
"Common errors" and those of DynamoDB, SQS, SNS, KMS and STS). Somebody mends it, and the events wait until then."""

BUSY = (
    *("BandwidthLimitExceeded", "ConcurrentAccess", "ConcurrentModification", "DependencyTimeout", "EC2Throttled"),
    *("IDPCommunicationError", "Internal", "KMSInternal", "KMSThrottling", "KeyUnavailable", "LimitExceeded"),
    *("OverLimit", "PriorRequestNotComplete", "ProvisionedThroughputExceeded", "ReplicatedWriteConflict"),
    *("RequestLimitExceeded", "RequestThrottled", "RequestTimeout", "ServiceUnavailable", "SlowDown"),
    *("SnapStartNotReady", "SnapStartTimeout", "Throttled", "Throttling", "TooManyRequests", "TransactionInProgress"),
)
"""What codes begin with by which AWS says that it cannot now (botocore documentation, "Retries"; API references of
KMS, Lambda, SQS and STS)."""

OLD_PREFIX = "AWS.SimpleQueueService."
"""What SQS puts before its codes for clients that know them from the time before its JSON protocol."""

WITHOUT_ANSWER = (
    TimeoutError,
    ConnectionError,
    gaierror,
    botocore.HTTPClientError,
    botocore.ConnectionError,
    botocore.NoCredentialsError,
    botocore.PartialCredentialsError,
    botocore.CredentialRetrievalError,
    botocore.IncompleteReadError,
    botocore.MetadataRetrievalError,
)

UNREACHABLE = {errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ENETRESET, errno.ENETUNREACH}
"""The errors of the system by which no host answers, and for which Python has no class."""

CLIENTS = {
    "botocore": {"ResponseParserError"},
    "aiohttp": {"ClientConnectionError", "ClientPayloadError"},
    "http": {"IncompleteRead", "RemoteDisconnected", "BadStatusLine"},
    "httpcore": {"NetworkError", "TimeoutException", "RemoteProtocolError", "ProxyError"},
    "httpx": {"NetworkError", "TimeoutException", "RemoteProtocolError", "ProxyError"},
    "requests": {"ConnectionError", "Timeout", "ChunkedEncodingError", "RetryError"},
    "ssl": {"SSLError"},
    "urllib": {"URLError"},
    "urllib3": {"TimeoutError", "ProtocolError", "ProxyError", "SSLError", "MaxRetryError", "IncompleteRead"},
}
"""By package, the classes of the well-known clients that say that no answer came. Known by their names: a service that
has no such client shall not import it."""

OUTAGE_STATUSES = (408, 425, 429)
"""The HTTP statuses below 500 that decide nothing (RFC 9110, 15.5.9; RFC 8470, 5.2; RFC 6585, 4)."""

LONGEST_CHAIN = 8


def kind_of(fault: BaseException) -> Kind:
    """Return the kind of a fault: what it says itself, or what it was raised `from` says."""
    kind = _kind(fault)
    if kind is not Kind.PERHAPS:
        return kind
    return Kind.OUTAGE if any(_kind(one) is Kind.OUTAGE for one in _causes(fault)) else kind


def _causes(fault: BaseException) -> Iterator[BaseException]:
    one = fault.__cause__
    for _ in range(LONGEST_CHAIN - 1):
        if one is None:
            return
        yield one
        one = one.__cause__


def _kind(fault: BaseException) -> Kind:
    if isinstance(fault, EnsembleError):
        return fault.kind
    if isinstance(fault, ClientError):
        return _of_aws(fault)
    if isinstance(fault, botocore.ParamValidationError | UnicodeError):
        return Kind.NEVER
    status = _status(fault)
    if status is not None:
        return Kind.OUTAGE if status >= 500 or status in OUTAGE_STATUSES else Kind.PERHAPS
    if isinstance(fault, WITHOUT_ANSWER) or _is_unreachable(fault) or _is_of_a_client(fault):
        return Kind.OUTAGE
    return Kind.PERHAPS


def _of_aws(fault: ClientError) -> Kind:
    """Tell by its code. A cancelled transaction has a code for each of its writes (Amazon DynamoDB API Reference,
    TransactWriteItems); a conflict among them never comes here."""
    response = fault.response
    reasons = [str(reason.get("Code", "None")) for reason in response.get("CancellationReasons", [])]
    code = str(response.get("Error", {}).get("Code")).removeprefix(OLD_PREFIX)
    codes = [reason for reason in reasons if reason != "None"] or [code]
    if any(code.startswith(("Validation", *REFUSED)) for code in codes):
        return Kind.NEVER
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if (
        status >= 500
        or status in OUTAGE_STATUSES
        or any(code.startswith((*BUSY, *OF_THE_DEPLOYMENT)) for code in codes)
    ):
        return Kind.OUTAGE
    return Kind.PERHAPS


def _is_unreachable(fault: BaseException) -> bool:
    return isinstance(fault, OSError) and fault.errno in UNREACHABLE


def _is_of_a_client(fault: BaseException) -> bool:
    """Whether a well-known client says that no answer came."""
    classes = type(fault).__mro__
    return any(one.__name__ in CLIENTS.get(one.__module__.partition(".")[0], ()) for one in classes)


def _status(fault: BaseException) -> int | None:
    """Return the HTTP status of an error that the exception of any client bears, if it does: then an answer came."""
    for bearer in (fault, getattr(fault, "response", None)):
        for name in ("status_code", "status", "http_status", "code"):
            status = getattr(bearer, name, None)
            if isinstance(status, int) and 400 <= status < 600:
                return status
    return None
