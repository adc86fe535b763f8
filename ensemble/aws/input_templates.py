"""Templates of what a target gets: text or JSON with places such as `<name>`, which values of an event take."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from ensemble.aws.paths import MISSING

_TOKEN = re.compile(r'\\.|"|<(?P<name>[^<>"\s]+)>', re.DOTALL)

ValueOf = Callable[[str], Any]
"""Returns what the place of that name gets; MISSING where there is nothing."""


def places_in(template: str) -> Iterator[str]:
    """Yield the names of a template's places."""
    return (match["name"] for match in _TOKEN.finditer(template) if match["name"])


def rendered(template: str, value_of: ValueOf) -> str:
    """Return the template with its values; what is then JSON comes without spaces.

    A value in quotes is not escaped, and one that is no text is there without quotes of its own. Where nothing is,
    nothing appears in quotes, and an empty text outside them. Source: Amazon EventBridge User Guide, "Amazon
    EventBridge input transformation"; it does not say what of an object is in quotes, nor what is outside them where
    nothing is.
    """
    made: list[str] = []
    position, is_quoted = 0, False
    for match in _TOKEN.finditer(template):
        made.append(template[position : match.start()])
        name = match["name"]
        if name:
            made.append(_quoted(value_of(name)) if is_quoted else _bare(value_of(name)))
        else:
            made.append(match[0])
            is_quoted ^= match[0] == '"'
        position = match.end()
    text = "".join([*made, template[position:]])
    try:
        return compact(json.loads(text))
    except ValueError:
        return text


def compact(value: Any) -> str:
    """Return JSON without spaces."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _quoted(value: Any) -> str:
    if value is MISSING:
        return ""
    return value if isinstance(value, str) else compact(value).replace('"', "")


def _bare(value: Any) -> str:
    return '""' if value is MISSING else compact(value)
