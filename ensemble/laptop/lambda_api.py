"""The operations of Lambda's API that the laptop answers."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from traceback import format_tb
from typing import Any

from ensemble.aws.errors import AwsError
from ensemble.laptop.asynchronous import Accepted, AsynchronousInvoker
from ensemble.laptop.functions import Function
from ensemble.laptop.invoker import HandlerFailed, Invoker, Throttled
from ensemble.laptop.mappings import EventSourceMapping
from ensemble.laptop.paging import next_token, page

FUNCTIONS_OF_A_PAGE, MAPPINGS_OF_A_PAGE = 50, 100
"""The most of a page (AWS Lambda API Reference, ListFunctions and ListEventSourceMappings, MaxItems)."""

SHOWN = (
    *("BatchSize", "BisectBatchOnFunctionError", "DestinationConfig", "EventSourceArn", "FilterCriteria"),
    *("FunctionResponseTypes", "MaximumBatchingWindowInSeconds", "MaximumRecordAgeInSeconds", "MaximumRetryAttempts"),
    *("ScalingConfig", "StartingPosition"),
)
"""The properties of a mapping that are answered as its template has them."""

Request = dict[str, Any]
Operation = Callable[[Request], dict[str, Any]]


class LambdaApi:
    """Answers Lambda requests, by operation name."""

    def __init__(
        self,
        functions: Mapping[str, Function],
        mappings: Mapping[str, EventSourceMapping],
        invoker: Invoker,
        asynchronous: AsynchronousInvoker,
    ) -> None:
        self._functions, self._mappings = functions, mappings
        self._invoker, self._asynchronous = invoker, asynchronous
        self._clock = asynchronous.engine.clock
        self.operations: dict[str, Operation] = {
            "GetEventSourceMapping": lambda request: _mapping(self._mapped(request)),
            "GetFunction": lambda request: _whole(self._named(request["FunctionName"])),
            "GetFunctionConfiguration": lambda request: _function(self._named(request["FunctionName"])),
            "Invoke": self._invoke,
            "ListEventSourceMappings": self._list_event_source_mappings,
            "ListFunctions": self._list_functions,
            "UpdateEventSourceMapping": self._update_event_source_mapping,
        }

    def _list_functions(self, request: Request) -> dict[str, Any]:
        found = [self._functions[name] for name in sorted(self._functions)]
        shown, token = _page(found, request, FUNCTIONS_OF_A_PAGE)
        return {"Functions": [_function(one) for one in shown], **next_token("NextMarker", token)}

    def _list_event_source_mappings(self, request: Request) -> dict[str, Any]:
        source = request.get("EventSourceArn")
        function = self._named(request["FunctionName"]) if "FunctionName" in request else None
        found = [
            one
            for one in self._mappings.values()
            if source in (None, one.source_arn) and function in (None, one.function)
        ]
        shown, token = _page(found, request, MAPPINGS_OF_A_PAGE)
        return {"EventSourceMappings": [_mapping(one) for one in shown], **next_token("NextMarker", token)}

    def _update_event_source_mapping(self, request: Request) -> dict[str, Any]:
        """Switch a mapping on or off, which takes no time here; nothing else of it can be changed."""
        mapping = self._mapped(request)
        if changed := sorted(request.keys() - {"UUID", "Enabled"}):
            raise AwsError(
                "InvalidParameterValueException", f"{', '.join(changed)} cannot be changed on the laptop AWS"
            )
        if "Enabled" in request:
            mapping.is_enabled = request["Enabled"]
        return _mapping(mapping)

    def _invoke(self, request: Request) -> dict[str, Any]:
        """Invoke a function, and answer with its result or with what it raised (AWS Lambda API Reference, Invoke)."""
        function, kind = self._named(request["FunctionName"]), request.get("InvocationType", "RequestResponse")
        payload = b64decode(request.get("Payload", "")) or b"{}"
        try:
            event = json.loads(payload)
        except ValueError as error:
            raise AwsError(
                "InvalidRequestContentException", f"Could not parse request body into json: {error}"
            ) from error
        if kind == "DryRun":
            return {"StatusCode": 204}
        if kind == "Event":
            self._asynchronous.invoke_at(self._clock.now(), Accepted(function, payload.decode(), None))
            return {"StatusCode": 202}
        try:
            result, failed = self._invoker.invoke(function, event), {}
        except Throttled as error:
            raise AwsError("TooManyRequestsException", "Rate Exceeded.", 429) from error
        except HandlerFailed as error:
            result, failed = _described(error.__cause__ or error), {"FunctionError": "Unhandled"}
        content = b64encode(json.dumps(result).encode()).decode()
        return {"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": content, **failed}

    def _named(self, text: str) -> Function:
        """Return a function by its name or its ARN, or a part of that, with a qualifier or without."""
        name = text.rpartition("function:")[2].partition(":")[0]
        if name not in self._functions:
            raise AwsError("ResourceNotFoundException", f"Function not found: {text}", 404)
        return self._functions[name]

    def _mapped(self, request: Request) -> EventSourceMapping:
        if request["UUID"] not in self._mappings:
            raise AwsError("ResourceNotFoundException", "The resource you requested does not exist.", 404)
        return self._mappings[request["UUID"]]


def _page(found: list[Any], request: Request, most: int) -> tuple[Any, str | None]:
    size = min(request.get("MaxItems", most), most)
    return page(found, request.get("Marker"), size, "InvalidParameterValueException")


def _function(function: Function) -> dict[str, Any]:
    return {
        "FunctionName": function.name,
        "FunctionArn": function.arn,
        "Handler": function.handler,
        "MemorySize": function.memory,
        "Timeout": int(function.timeout),
        "Environment": {"Variables": function.variables},
        "Version": "$LATEST",
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
    }


def _whole(function: Function) -> dict[str, Any]:
    """Return a function with where its code is from; the laptop gives no address to load it from."""
    return {"Configuration": _function(function), "Code": {"RepositoryType": "S3"}}


def _mapping(mapping: EventSourceMapping) -> dict[str, Any]:
    return {
        "UUID": mapping.id,
        "FunctionArn": mapping.function.arn,
        **{name: mapping.properties[name] for name in SHOWN if name in mapping.properties},
        "LastModified": mapping.changed_at,
        "State": "Enabled" if mapping.is_enabled else "Disabled",
        "StateTransitionReason": "USER_INITIATED",
    }


def _described(error: BaseException) -> dict[str, Any]:
    """Return an error as Lambda's runtime for Python does (AWS Lambda Developer Guide, "Lambda function errors in
    Python")."""
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "stackTrace": format_tb(error.__traceback__),
    }
