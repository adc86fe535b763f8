"""Requests that are nearly right: of every operation that is answered and of others, with values that do not belong."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from ensemble.conformance.laptop import ACCOUNT
from ensemble.laptop import Laptop
from ensemble.laptop.request_check import SERVICES, service_model
from ensemble.laptop.rest import HttpRequest
from ensemble.laptop.rpc import PROTOCOL

NAMES = (
    "queue",
    "dead",
    "bus",
    "rule",
    "archive",
    "table",
    "streamed",
    "topic",
    "other",
    "by-index",
    "default",
    "gone",
)
DEEP = 3_000
ODD: tuple[Any, ...] = (
    *("", " ", "a", "\x00", "\uffff", "\ud800", "ß", "😀", "a" * 300, "<a>&\"'", "../..", "%00", "1e400", "NaN"),
    *(0, 1, -1, 11, 10**18, 10**30, 1e18, 1e-300, 0.5, -0.0, True, False, None),
    *([], {}, [[]], [{}], [None], {"": ""}, {"a": None}, ["a"] * 20),
)
"""Values that stand where others belong."""

PATTERNS = (
    '{"source": ["conformance"]}',
    '{"source": [{"prefix": ""}]}',
    '{"a": [{"wildcard": "*a*b*c*"}], "$or": [{"b": [1]}, {"c": [{"numeric": [">", 1]}]}]}',
    '{"a": [{"anything-but": {"prefix": ["a", "b"]}}]}',
    '{"a": [NaN]}',
    '{"a":' * DEEP + "[1]" + "}" * DEEP,
)
EXPRESSIONS = (
    *("pk = :a", "SET a = :a", "ADD n :a", "attribute_exists(pk)", "SET a.b[0] = if_not_exists(c, :a) + :a"),
    *("size(a) > :a AND NOT (b IN (:a, :b))", "REMOVE #a", "pk = :a AND begins_with(sk, :b)", "((((", "SET"),
    *("(" * DEEP + "a = :a" + ")" * DEEP, "NOT " * DEEP + "a = :a"),
)
NUMBERS = ("0", "1", "-1", "1.5", "1e400", "9" * 40, "NaN", "", "0x1", "\uff11")
HOSTS = ("127.0.0.1:4567", "localhost", "[::1]:4567")
TARGETS = {name: prefix for prefix, name in SERVICES.items()}


class Requests:
    """Makes requests by chance, about what a laptop has."""

    def __init__(self, chance: Random, laptop: Laptop) -> None:
        self._chance = chance
        self._operations = _operations(laptop)
        self._kinds: tuple[Callable[[], HttpRequest], ...] = (
            *(self._json,) * 12,
            *(self._rest, self._form, self._cbor, self._bytes, self._other),
        )

    def next(self) -> HttpRequest:
        """Return the next request."""
        return self._chance.choice(self._kinds)()

    def _json(self) -> HttpRequest:
        service, operation = self._chance.choice(self._operations)
        target = f"{TARGETS.get(service, 'Unknown')}.{operation.name}"
        return self._asked({"x-amz-target": target}, self._written(self._members(operation)))

    def _rest(self) -> HttpRequest:
        """Return a request of a service that speaks REST, its address filled with what does not belong there."""
        service, operation = self._chance.choice([one for one in self._operations if one[0] in ("lambda", "xray")])
        path, _, query = operation.http["requestUri"].partition("?")
        for name in ("FunctionName", "UUID", "Resource"):
            path = path.replace(f"{{{name}}}", quote(str(self._name()), safe=""))
        asked = urlencode(
            {self._chance.choice(["MaxItems", "Marker", "FunctionName"]): str(self._odd())}, errors="replace"
        )
        headers = {"authorization": f"AWS4-HMAC-SHA256 Credential=a/20260101/eu-west-1/{service}/aws4_request"}
        request = self._asked(headers, self._written(self._members(operation)))
        return request._replace(
            method=operation.http["method"], path=path, query="&".join(filter(None, (query, asked)))
        )

    def _form(self) -> HttpRequest:
        """Return a request of the query protocol."""
        form = {
            "Action": self._chance.choice(["Publish", "GetCallerIdentity", "CreateTopic", ""]),
            "TopicArn": self._chance.choice([ACCOUNT.arn("sns", "topic"), "topic"]),
            **{name: str(self._odd()) for name in ("Message", "Subject", "MessageAttributes.entry.1.Name")},
        }
        body = urlencode(form, errors="replace").encode()
        return self._asked({"content-type": "application/x-www-form-urlencoded"}, body)

    def _cbor(self) -> HttpRequest:
        """Return a request of the CBOR protocol, mostly of bytes that mean nothing."""
        operation = self._chance.choice(["DescribeAlarms", "GetMetricData", "PutMetricData", "%00"])
        path = f"/service/{TARGETS['cloudwatch']}/operation/{operation}"
        body = self._chance.choice([b"\xa0", b"", b"\xbf\xff", self._chance.randbytes(self._chance.randrange(1, 40))])
        return self._asked({"smithy-protocol": PROTOCOL, "content-type": "application/cbor"}, body)._replace(path=path)

    def _bytes(self) -> HttpRequest:
        """Return a request of an operation, its body cut, changed or replaced."""
        request = self._json()
        body = bytearray(request.body)
        for _ in range(self._chance.randrange(1, 4)):
            place = self._chance.randrange(len(body) + 1)
            body[place : place + self._chance.randrange(3)] = self._chance.randbytes(self._chance.randrange(3))
        deep = b'{"a":' * DEEP + b"1" + b"}" * DEEP
        return request._replace(
            body=self._chance.choice([bytes(body), bytes(body[: len(body) // 2]), deep, b"[]", b"1"])
        )

    def _other(self) -> HttpRequest:
        """Return a request of no protocol, or with headers that do not belong."""
        request = self._json()
        headers = dict(request.headers)
        name = self._chance.choice(
            ["x-amz-target", "content-type", "authorization", "host", "smithy-protocol", "origin"]
        )
        headers[name] = str(self._odd())[:100]
        if self._chance.random() < 0.3:
            headers.pop(self._chance.choice(list(headers)))
        method = self._chance.choice(["GET", "PUT", "DELETE", "PATCH", "POST"])
        path = "/" + quote(str(self._odd()), safe="/", errors="replace")[:300]
        return request._replace(headers=headers, method=method, path=path, query="a=%FF&=&b")

    def _asked(self, headers: Mapping[str, str], body: bytes) -> HttpRequest:
        usual = {
            "host": self._chance.choice(HOSTS),
            "authorization": "AWS4-HMAC-SHA256 Credential=a/20260101/eu-west-1/sqs/aws4_request",
            "content-type": "application/x-amz-json-1.0",
        }
        return HttpRequest("POST", "/", "", {**usual, **headers}, body)

    def _members(self, operation: OperationModel) -> Any:
        return {} if operation.input_shape is None else self._value(operation.input_shape, "", 0)

    def _value(self, shape: Shape, name: str, depth: int) -> Any:
        """Return a value of a shape, or now and then one that is not."""
        if self._chance.random() < 0.06:
            return self._odd()
        match shape:
            case StructureShape():
                required = set(shape.required_members)
                rest = (
                    one for one in shape.members if one not in required and depth < 4 and self._chance.random() < 0.35
                )
                return {one: self._value(shape.members[one], one, depth + 1) for one in (*sorted(required), *rest)}
            case ListShape():
                number = self._chance.choice([0, 1, 1, 2, 3, 11 if depth < 3 else 1])
                return [self._value(shape.member, name, depth + 1) for _ in range(number)] if depth < 7 else []
            case MapShape():
                keys = self._chance.sample(
                    ["pk", "sk", "index", "a", ":a", ":b", "#a", "table", "VisibilityTimeout"], 2
                )
                return {key: self._value(shape.value, key, depth + 1) for key in keys} if depth < 7 else {}
            case _:
                return self._scalar(shape, name)

    def _scalar(self, shape: Shape, name: str) -> Any:
        enum = getattr(shape, "enum", None)
        if enum and self._chance.random() < 0.9:
            return self._chance.choice(enum)
        match shape.type_name:
            case "integer" | "long":
                return self._chance.choice([0, 1, 2, 10, 11, 900, -1, 10**12])
            case "boolean":
                return self._chance.random() < 0.5
            case "timestamp" | "double" | "float":
                return self._chance.choice([0, 1.5, 1767225600, 1e18, -1e12])
            case "blob":
                return self._chance.choice(["", "e30=", "no base64", "AP8="])
            case _:
                return self._text(name)

    def _text(self, name: str) -> str:
        """Return a text for a member by its name."""
        if "Pattern" in name:
            return self._chance.choice(PATTERNS)
        if "Expression" in name:
            return self._chance.choice(EXPRESSIONS)
        if name in ("Detail", "Event", "Policy", "RedrivePolicy", "Input"):
            return self._written(self._chance.choice(ODD)).decode(errors="replace")
        if name == "N":
            return self._chance.choice(NUMBERS)
        if "Arn" in name:
            return self._arn()
        if "Url" in name:
            return ACCOUNT.queue_url(self._name())
        return self._name() if self._chance.random() < 0.7 else str(self._chance.choice(ODD))

    def _arn(self) -> str:
        service, prefix = self._chance.choice(
            [("sqs", ""), ("events", "event-bus/"), ("events", "archive/"), ("dynamodb", "table/"), ("sns", "")]
        )
        return ACCOUNT.arn(service, prefix + self._name())

    def _name(self) -> str:
        return self._chance.choice(NAMES)

    def _odd(self) -> Any:
        return self._chance.choice(ODD)

    def _written(self, value: Any) -> bytes:
        """Return a value as JSON, with what JSON does not have where it is in it."""
        return json.dumps(value, ensure_ascii=self._chance.random() < 0.5).encode(errors="surrogatepass")


def _operations(laptop: Laptop) -> list[tuple[str, OperationModel]]:
    """Return the operations that are answered, each by its service, and of each service two that are not."""
    found: list[tuple[str, OperationModel]] = []
    for service in (*TARGETS, "dynamodb"):
        model = service_model(service)
        assert model is not None
        answered = laptop.operations.get(service) or [
            name for name in model.operation_names if "Item" in name or name in TABLES
        ]
        others = [name for name in model.operation_names if name not in answered][:2]
        found += [
            (service, model.operation_model(name)) for name in (*answered, *others) if name in model.operation_names
        ]
    return found


TABLES = ("DescribeTable", "ListTables", "Query", "Scan", "DeleteTable", "CreateTable", "UpdateTimeToLive")
"""Operations on tables that are asked for beside those on items."""
