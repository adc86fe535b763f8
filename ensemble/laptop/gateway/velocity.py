"""Mapping templates: Velocity, with what API Gateway gives them (Amazon API Gateway Developer Guide, "Mapping template
reference for API Gateway" and "Variables for data transformations for API Gateway")."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import quote_plus, unquote_plus

import airspeed  # type: ignore[import-untyped]

from ensemble.laptop.gateway.refusals import Refused

_STEP = re.compile(r"\.(\w+)|\['([^']+)'\]|\[(\d+)\]")


class Input:
    """`$input`: the body that is transformed, and the parameters of the request."""

    def __init__(
        self, body: str, path: Mapping[str, str], query: Mapping[str, str], headers: Mapping[str, str]
    ) -> None:
        self.body = body
        self._parameters = {"path": dict(path), "querystring": dict(query), "header": dict(headers)}

    def params(self, name: str | None = None) -> Any:
        """Return a parameter, of the path, the query or the headers, in this order; all of them without a name."""
        if name is None:
            return self._parameters
        found = (
            value
            for parameters in self._parameters.values()
            for known, value in parameters.items()
            if known.lower() == name.lower()
        )
        return next(found, "")

    def path(self, path: str) -> Any:
        """Return what a JSONPath of names and places leads to in the body; None where there is nothing."""
        value = json.loads(self.body) if self.body else {}
        for name, quoted, place in _STEP.findall(path):
            try:
                value = value[int(place)] if place else value[name or quoted]
            except (LookupError, TypeError):
                return None
        return value

    def json(self, path: str) -> str:
        """Return the same as JSON."""
        return json.dumps(self.path(path), ensure_ascii=False, separators=(",", ":"))


class Util:
    """`$util`."""

    def escapeJavaScript(self, text: Any) -> str:  # noqa: N802
        """Escape a text for JavaScript, which escapes the single quote and the slash too."""
        return json.dumps(str(text))[1:-1].replace("'", "\\'").replace("/", "\\/")

    def parseJson(self, text: str) -> Any:  # noqa: N802
        """Read JSON."""
        return json.loads(text)

    def urlEncode(self, text: str) -> str:  # noqa: N802
        """Encode a text as a part of a URL."""
        return quote_plus(text)

    def urlDecode(self, text: str) -> str:  # noqa: N802
        """Decode a part of a URL."""
        return unquote_plus(text)

    def base64Encode(self, text: str) -> str:  # noqa: N802
        """Encode a text in Base64."""
        return b64encode(text.encode()).decode()

    def base64Decode(self, text: str) -> str:  # noqa: N802
        """Decode a text in Base64."""
        return b64decode(text).decode()


def rendered(template: str, input: Input, context: dict[str, Any]) -> str:
    """Return what a template makes; what it overrides is then in `context`. Raises Refused when it cannot be made."""
    try:
        text: str = _parsed(template).merge({"input": input, "util": Util(), "context": context})
    except Exception as error:  # whatever the template does with what it finds
        raise Refused("API_CONFIGURATION_ERROR", "Internal server error") from error
    return text.strip()


@cache
def _parsed(template: str) -> Any:
    return airspeed.Template(template)
