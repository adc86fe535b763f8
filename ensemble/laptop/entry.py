"""Where each HTTP request enters the laptop AWS: who may ask, of which protocol it is, at which address others are."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from ensemble.aws.errors import AwsError
from ensemble.laptop.answers import Answer, json_error
from ensemble.laptop.programs import is_of_a_program
from ensemble.laptop.rest import HttpRequest, answer_rest, is_rest
from ensemble.laptop.rpc import answer_rpc, is_rpc

AnswerRequest = Callable[[Mapping[str, str], bytes], Answer]

NO_PROGRAM = AwsError(
    "AccessDeniedException", "The laptop AWS answers programs of this machine alone, at 127.0.0.1 or localhost.", 403
)
UNSIGNED = AwsError("MissingAuthenticationToken", "The request is signed with no credentials; any will do.", 403)
"""As AWS names it (IAM User Guide and each service's "Common Errors"): who asks is not looked at here."""

GIVES_URLS = {f"AmazonSQS.{name}" for name in ("GetQueueUrl", "ListQueues", "ListDeadLetterSourceQueues")}
_OF_AWS = re.compile(rb'https://sqs\.[^/"]+/')

RECEIVE = "AmazonSQS.ReceiveMessage"


def answer_http(answer: AnswerRequest, request: HttpRequest) -> Answer:
    """Answer a request, its headers in small letters, of any protocol. Whatever a client sends is answered."""
    headers = request.headers
    refused = _refused(headers)
    if refused is not None:
        return json_error(refused)
    if is_rpc(headers):
        return answer_rpc(answer, request.path, request.body)
    if is_rest(headers):
        return answer_rest(answer, request)
    return _at_this_address(answer(headers, request.body), headers)


def seconds_to_wait(request: HttpRequest, answer: Answer) -> float:
    """Return how long a request waits for messages where there are none yet; 0 for all others (Amazon SQS API
    Reference, ReceiveMessage, WaitTimeSeconds)."""
    if request.headers.get("x-amz-target") != RECEIVE or answer.status != 200 or answer.body != b"{}":
        return 0
    return float(json.loads(request.body).get("WaitTimeSeconds") or 0)


def _refused(headers: Mapping[str, str]) -> AwsError | None:
    if not is_of_a_program(headers):
        return NO_PROGRAM
    return None if "authorization" in headers else UNSIGNED


def _at_this_address(answer: Answer, headers: Mapping[str, str]) -> Answer:
    """Give queues the address that was asked: some SDKs send to the host of a queue's URL, which must not be AWS's."""
    if headers.get("x-amz-target") not in GIVES_URLS:
        return answer
    return answer._replace(body=_OF_AWS.sub(f"http://{headers['host']}/".encode(), answer.body))
