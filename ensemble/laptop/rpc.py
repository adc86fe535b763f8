"""Answers requests of the protocol that botocore prefers for CloudWatch, as if they were of AWS's JSON protocol.

botocore's own reader and writer are used, each the other way round (Smithy, "Smithy RPC v2 CBOR protocol").
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from botocore.model import Shape, ShapeResolver
from botocore.parsers import RpcV2CBORParser
from botocore.serialize import RpcV2CBORSerializer

from ensemble.aws.errors import AwsError
from ensemble.laptop.answers import Answer, json_error
from ensemble.laptop.request_check import output_shape

PROTOCOL = "rpc-v2-cbor"
HEADERS = {"content-type": "application/cbor", "smithy-protocol": PROTOCOL}
_SHAPES: Any = {
    "Error": {"type": "structure", "members": {"__type": {"shape": "Text"}, "message": {"shape": "Text"}}},
    "Text": {"type": "string"},
}
_ERROR = ShapeResolver(_SHAPES).get_shape_by_name("Error")
_PATH = re.compile("/service/(?P<service>[^/]+)/operation/(?P<operation>[^/]+)")

AnswerRequest = Callable[[Mapping[str, str], bytes], Answer]


def is_rpc(headers: Mapping[str, str]) -> bool:
    """Whether a request is of this protocol."""
    return headers.get("smithy-protocol") == PROTOCOL


def answer_rpc(answer: AnswerRequest, path: str, body: bytes) -> Answer:
    """Answer a request by what answers those of the JSON protocol."""
    found = _PATH.fullmatch(path)
    if found is None:
        return _refused(AwsError("UnknownOperationException", f"{path} is no operation"))
    try:
        request = json.dumps(_read(body), default=_as_number).encode()
    except Exception as error:  # whatever the reader raises at bytes that are no CBOR
        return _refused(AwsError("SerializationException", f"The request cannot be read: {type(error).__name__}"))
    service, operation = found["service"], found["operation"]
    return _encoded(answer({"x-amz-target": f"{service}.{operation}"}, request), output_shape(service, operation))


def _refused(error: AwsError) -> Answer:
    return _encoded(json_error(error), None)


def _read(body: bytes) -> Any:
    parser: Any = RpcV2CBORParser()
    return parser.parse_data_item(parser.get_peekable_stream_from_bytes(body)) if body else {}


def _as_number(value: Any) -> float:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(type(value).__name__)


def _encoded(answer: Answer, shape: Shape | None) -> Answer:
    serializer: Any = RpcV2CBORSerializer()
    body = bytearray()
    is_result = answer.status == 200 and shape is not None
    serializer._serialize_data_item(body, json.loads(answer.body), shape if is_result else _ERROR)
    kept = {name: value for name, value in answer.headers.items() if name != "content-type"}
    return Answer(answer.status, kept | HEADERS, bytes(body))
