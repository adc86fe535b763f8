"""The words of DynamoDB's expressions: names, placeholders, signs; and document paths, read from them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ensemble.aws.dynamodb.errors import RequestRefused, invalid
from ensemble.aws.dynamodb.reserved_words import RESERVED_WORDS
from ensemble.aws.dynamodb.values import Item, Value

Names = Mapping[str, str]
Values = Mapping[str, Value]
Path = tuple[str | int, ...]
"""Steps into a document: names or their placeholders, and places in lists."""

WORD = re.compile(r"\s*(?:([#:]?\w+)|(<>|<=|>=|[<>=(),.\[\]+-]))")
END = ""
LONGEST = 4_096
"""Bytes of an expression (Amazon DynamoDB Developer Guide, "Quotas in Amazon DynamoDB")."""

NAMES, VALUES = "ExpressionAttributeNames", "ExpressionAttributeValues"


OF_PAGES = ("FilterExpression", "KeyConditionExpression")


class Placeholders(Protocol):
    """What was read of an expression: which placeholders it has."""

    @property
    def names(self) -> frozenset[str]: ...

    @property
    def values(self) -> frozenset[str]: ...


@dataclass
class Words:
    """The words of an expression, read one by one. `kind`: the request's parameter that it is.

    `names` and `values`: the placeholders that were read.
    """

    kind: str
    text: str
    names: set[str] = field(default_factory=set)
    values: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._words: list[str] = []
        if len(self.text) > LONGEST:
            raise invalid(f"Invalid {self.kind}: Expression size has exceeded the maximum allowed size;")
        position, end = 0, len(self.text.rstrip())
        while position < end:
            found = WORD.match(self.text, position)
            if found is None:
                raise self.wrong(self.text[position:].strip()[:1])
            self._words.append(found[1] or found[2])
            position = found.end()
        if not self._words:
            raise invalid(f"Invalid {self.kind}: The expression can not be empty;")
        self._at = 0

    def peek(self, ahead: int = 0) -> str:
        """Return a word that is still to come, `END` after the last."""
        place = self._at + ahead
        return self._words[place] if place < len(self._words) else END

    def next(self) -> str:
        """Return the next word, and go on."""
        word = self.peek()
        self._at += 1
        return word

    def take(self, word: str) -> bool:
        """Go on if the next word is this one, in capitals or not; return whether it is."""
        if self.peek().upper() != word:
            return False
        self._at += 1
        return True

    def expect(self, word: str) -> None:
        """Go past a word that must come next. Raises RequestRefused."""
        if not self.take(word):
            raise self.wrong(self.peek())

    def wrong(self, word: str) -> RequestRefused:
        """Return the refusal of an expression for a word of it."""
        near = " ".join(self._words[max(0, getattr(self, "_at", 0) - 1) :][:3])
        return invalid(f'Invalid {self.kind}: Syntax error; token: "{word or "<EOF>"}", near: "{near or word}"')

    def value(self) -> str:
        """Read the placeholder of a value."""
        word = self.next()
        if not word.startswith(":"):
            raise self.wrong(word)
        self.values.add(word)
        return word

    def path(self) -> Path:
        """Read a document path. Raises RequestRefused, so for a name that is reserved."""
        steps: list[str | int] = [self._name()]
        while self.peek() in (".", "["):
            if self.take("."):
                steps.append(self._name())
            else:
                self.expect("[")
                place = self.next()
                if not place.isdecimal():
                    raise self.wrong(place)
                self.expect("]")
                steps.append(int(place))
        return tuple(steps)

    def _name(self) -> str:
        word = self.next()
        if word.startswith("#"):
            self.names.add(word)
        elif not (word and (word[0].isalpha() or word[0] == "_")):
            raise self.wrong(word)
        elif word.upper() in RESERVED_WORDS:
            raise invalid(
                f"Invalid {self.kind}: Attribute name is a reserved keyword; reserved keyword: {word}",
            )
        return word


def resolved(path: Path, names: Names) -> Path:
    """Return a path with names for their placeholders."""
    return tuple(names[step] if isinstance(step, str) and step[0] == "#" else step for step in path)


def value_at(item: Item, path: Path) -> Any:
    """Return the value at a resolved path of an item; None where there is none."""
    value: Any = {"M": item}
    for step in path:
        if isinstance(step, str):
            value = value.get("M", {}).get(step)
        else:
            places = value.get("L", ())
            value = places[step] if step < len(places) else None
        if value is None:
            return None
    return value


def check_placeholders(request: Mapping[str, Any], read: Sequence[Placeholders], kind: str) -> None:
    """Hold the placeholders of expressions that were read against those that a request gives. Raises RequestRefused."""
    if len(read) == 1 and _gives(request, NAMES, read[0].names) and _gives(request, VALUES, read[0].values):
        return
    for parameter, what, used in (
        (NAMES, "name used in the document path is not defined; attribute name", [one.names for one in read]),
        (VALUES, "value used in expression is not defined; attribute value", [one.values for one in read]),
    ):
        given, needed = request.get(parameter), used[0] if len(used) == 1 else frozenset[str]().union(*used)
        if given is None and not needed:
            continue
        if given is not None and not read:
            raise invalid(f"{parameter} can only be specified when using expressions")
        if given is not None and not given:
            raise invalid(f"{parameter} must not be empty")
        _check(given or {}, needed, parameter, kind, what)


def _gives(request: Mapping[str, Any], parameter: str, needed: frozenset[str]) -> bool:
    """Whether a request gives the placeholders that an expression needs, as nearly all do."""
    if parameter not in request:
        return not needed
    given = request[parameter]
    return bool(given) and bool(given.keys() == needed)


def _check(given: Mapping[str, Any], needed: frozenset[str], parameter: str, kind: str, undefined: str) -> None:
    if given.keys() == needed:
        return
    if missing := sorted(needed - given.keys()):
        raise invalid(f"Invalid {kind}: An expression attribute {undefined}: {missing[0]}")
    unused = ", ".join(sorted(given.keys() - needed))
    begin = "" if kind in OF_PAGES else "1 validation error detected: "
    raise invalid(f"{begin}Value provided in {parameter} unused in expressions: keys: {{{unused}}}")
