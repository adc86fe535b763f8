"""Filter patterns for lines that are JSON: `{ $.a = "b" && ($.n >= 3 || $.c NOT EXISTS) }`.

Source: Amazon CloudWatch Logs User Guide, "Filter pattern syntax", "Match terms in JSON log events". A field that is
not there equals nothing, and differs from nothing. Other patterns are refused: words, regular expressions, IN, and
wildcards for elements of arrays.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

Matches = Callable[[Any], bool]
"""Whether a line's JSON is what is asked for."""

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<both>&&) | (?P<either>\|\|) | (?P<open>\() | (?P<close>\))
    | (?P<field>\$(?:\.[A-Za-z0-9_-]+|\.?\[\d+\]|\["[^"]+"\])+)
    | (?P<sign>!=|<=|>=|=|<|>)
    | (?P<words>IS\s+NULL|IS\s+TRUE|IS\s+FALSE|NOT\s+EXISTS)(?![\w*])
    | "(?P<text>(?:[^"\\]|\\.)*)"
    | (?P<bare>[\w.*:/@#+-]+)
    )""",
    re.VERBOSE,
)
_STEP = re.compile(r'\.?(?:\[(?P<index>\d+)\]|\["(?P<quoted>[^"]+)"\]|(?P<name>[A-Za-z0-9_-]+))')
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ABSENT: Final = object()
_WORDS: dict[str, Matches] = {
    "IS NULL": lambda value: value is None,
    "IS TRUE": lambda value: value is True,
    "IS FALSE": lambda value: value is False,
    "NOT EXISTS": lambda value: value is _ABSENT,
}


class PatternRefused(Exception):
    """Raised for a filter pattern that is not run here; its text says where it stops."""


def compiled(pattern: str) -> Callable[[str], bool]:
    """Return what says whether a line matches the pattern; an empty one matches all. Raises PatternRefused."""
    text = pattern.strip()
    if not text:
        return lambda _line: True
    if not (text.startswith("{") and text.endswith("}")):
        raise PatternRefused(f'of filter patterns only those for JSON are run, as {{ $.a = "b" }}, not {pattern}')
    reader = _Reader(pattern, text[1:-1])
    matches = reader.alternatives()
    reader.end()
    return lambda line: _is_match(matches, line)


def _is_match(matches: Matches, line: str) -> bool:
    if not line.lstrip().startswith("{"):
        return False
    try:
        return matches(json.loads(line))
    except (ValueError, RecursionError):
        return False


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, pattern: str, text: str) -> None:
        self._pattern = pattern
        self._tokens = list(self._read(text.rstrip()))
        self._tokens.append(("end", ""))

    def _read(self, text: str) -> Iterator[tuple[str, str]]:
        position = 0
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise self._refused(text[position:])
            position = match.end()
            kind = str(match.lastgroup)
            yield kind, match[kind]

    def alternatives(self) -> Matches:
        """Read what is joined by `||`."""
        some = [self._all()]
        while self._take("either") is not None:
            some.append(self._all())
        return lambda line: any(matches(line) for matches in some)

    def end(self) -> None:
        """Raise PatternRefused unless all is read."""
        if self._tokens[0][0] != "end":
            raise self._refused(self._tokens[0][1])

    def _all(self) -> Matches:
        every = [self._term()]
        while self._take("both") is not None:
            every.append(self._term())
        return lambda line: all(matches(line) for matches in every)

    def _term(self) -> Matches:
        if self._take("open") is not None:
            inside = self.alternatives()
            self._need("close")
            return inside
        steps = list(_steps(self._need("field")))
        words = self._take("words")
        test = _WORDS[" ".join(words.split())] if words is not None else self._comparison()
        return lambda line: test(_at(line, steps))

    def _comparison(self) -> Matches:
        sign = self._need("sign")
        quoted = self._take("text")
        if quoted is not None and sign in ("=", "!="):
            return _text(sign, re.sub(r"\\(.)", r"\1", quoted))
        value = self._need("bare")
        if _NUMBER.fullmatch(value):
            return _number(sign, float(value))
        if sign in ("=", "!="):
            return _text(sign, value)
        raise self._refused(value)

    def _take(self, kind: str) -> str | None:
        return self._tokens.pop(0)[1] if self._tokens[0][0] == kind else None

    def _need(self, kind: str) -> str:
        text = self._take(kind)
        if text is None:
            raise self._refused(self._tokens[0][1])
        return text

    def _refused(self, rest: str) -> PatternRefused:
        return PatternRefused(f"the filter pattern {self._pattern} is not run here: see {rest.strip() or 'its end'}")


def _text(sign: str, text: str) -> Matches:
    """Return a comparison with a text, in which `*` stands for any characters; alone it is any value at all."""
    if text == "*":
        return lambda value: (value is not _ABSENT) is (sign == "=")
    pattern = re.compile(".*".join(map(re.escape, text.split("*"))), re.DOTALL)
    is_asked = sign == "="
    return lambda value: isinstance(value, str) and (pattern.fullmatch(value) is not None) is is_asked


def _number(sign: str, number: float) -> Matches:
    compare = _SIGNS[sign]
    return lambda value: isinstance(value, int | float) and not isinstance(value, bool) and compare(value, number)


def _steps(field: str) -> Iterator[str | int]:
    """Yield the names and the positions that lead to a field."""
    for step in _STEP.finditer(field, 1):
        yield int(step["index"]) if step["index"] else step["quoted"] or step["name"]


def _at(value: Any, steps: list[str | int]) -> Any:
    for step in steps:
        try:
            is_there = isinstance(value, dict if isinstance(step, str) else list)
            value = value[step] if is_there else _ABSENT
        except LookupError:
            return _ABSENT
    return value
