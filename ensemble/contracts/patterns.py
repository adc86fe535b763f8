"""Patterns of texts, and every question about them: what matches, what one takes that another does not, how long.

A pattern is a regular expression in which what comes next in a text says where in the pattern one is: no two parts of
it may take the same character at the same place, and nothing is taken in two ways ("deterministic" in Brüggemann-Klein
and Wood, "One-unambiguous regular languages", 1998; XML Schema asks the same). Such an expression is its own automaton,
one state for each of its characters: all questions are walks over it. And Python's `re`, which tries one way after the
other, is done with any text in linear time, so that nobody can hold up a function by a text. Others are refused.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, Protocol

Interval = tuple[int, int]
"""Characters from the one to the other, by their numbers."""

ANY: tuple[Interval, ...] = ((0, 0xD7FF), (0xE000, 0x10FFFF))
"""All characters: halves of surrogate pairs are none."""

LONGEST, STATES, PAIRS = 1_000, 1_000, 50_000
"""Characters of a pattern; of what it is written out to; and places that one question looks at."""

_DIGITS: tuple[Interval, ...] = ((48, 57),)
_WORD: tuple[Interval, ...] = ((48, 57), (65, 90), (95, 95), (97, 122))
_LINE_ENDS: tuple[Interval, ...] = ((10, 10), (13, 13), (0x2028, 0x2029))
_PLAIN = "aA0-_. "
"""Characters that an example takes first."""


class PatternRefused(Exception):
    """Raised when a pattern is none that is decided: `why`, and `instead`, what to write."""

    def __init__(self, why: str, instead: str) -> None:
        self.why, self.instead = why, instead
        super().__init__(f"{why}: {instead}")


class TooMany(Exception):
    """Raised when a question has more places to look at than it may."""


class Texts(Protocol):
    """Some texts, as an automaton that begins in state 0."""

    def out(self, state: int) -> Sequence[tuple[Interval, int]]:
        """Return by which characters one goes on, and where to; no character leads to two states."""

    def ends(self, state: int) -> bool:
        """Return whether a text may end here."""


@dataclass(frozen=True, slots=True)
class Lengths:
    """All texts of `low` to `high` characters; None for no bound."""

    low: int = 0
    high: int | None = None

    def out(self, state: int) -> Sequence[tuple[Interval, int]]:
        if state == self.high:
            return ()
        after = state if self.high is None and state >= self.low else state + 1
        return tuple((interval, after) for interval in ANY)

    def ends(self, state: int) -> bool:
        return state >= self.low


class Pattern:
    """A pattern that was read; `text`: the same for all engines, without `\\d`, `\\w` and `.`, which they read in
    different ways.

    Raises PatternRefused.
    """

    def __init__(self, text: str) -> None:
        reader = _Reader(text)
        self._out, self._last = reader.automaton()
        self.text = reader.written

    def out(self, state: int) -> Sequence[tuple[Interval, int]]:
        return self._out[state]

    def ends(self, state: int) -> bool:
        return state in self._last

    def matches(self, text: str) -> bool:
        state = 0
        for character in map(ord, text):
            for (low, high), after in self._out[state]:
                if low <= character <= high:
                    state = after
                    break
            else:
                return False
        return self.ends(state)


@cache
def pattern(text: str) -> Pattern | None:
    """Return the pattern, or None when it is none that is decided."""
    try:
        return Pattern(text)
    except PatternRefused:
        return None


def outside(all_of: Sequence[Texts], other: Texts | None = None) -> str | None:
    """Return the shortest text that is in all of these and not in the other, or None. Raises TooMany."""
    return next(iter(texts(all_of, other)), None)


def texts(all_of: Sequence[Texts], other: Texts | None = None) -> Iterator[str]:
    """Yield texts that are in all of these and not in the other, short ones first, no two by the same states.

    Raises TooMany.
    """
    start = (*(0 for _ in all_of), 0 if other is not None else None)
    came: dict[tuple[int | None, ...], tuple[tuple[int | None, ...], int] | None] = {start: None}
    waiting = deque([start])
    while waiting:
        place = waiting.popleft()
        *inside, beside = place
        ends = all(one.ends(state) for one, state in zip(all_of, inside, strict=True) if state is not None)
        if ends and (other is None or beside is None or not other.ends(beside)):
            yield _spelled(came, place)
        for interval, after in _steps(all_of, place, other):
            if after not in came:
                if len(came) == PAIRS:
                    raise TooMany
                came[after] = (place, _character(interval))
                waiting.append(after)


@lru_cache(maxsize=1_024)
def listed(all_of: tuple[Texts, ...], most: int) -> tuple[str, ...] | None:
    """Return all texts that are in all of these, if they are no more than `most` and soon found."""
    found: list[str] = []
    waiting: deque[tuple[tuple[int | None, ...], str]] = deque([((*(0 for _ in all_of), None), "")])
    for _ in range(most * 10):
        if not waiting:
            return tuple(found)
        place, text = waiting.popleft()
        if all(one.ends(state) for one, state in zip(all_of, place, strict=False) if state is not None):
            found.append(text)
        if len(found) > most:
            return None
        for (low, high), after in _steps(all_of, place, None):
            if high - low >= most:
                return None
            waiting.extend((after, text + chr(code)) for code in range(low, high + 1))
    return None


def lengths(one: Texts, most: int) -> list[int]:
    """Return which lengths up to `most` the texts have."""
    found, states = [], {0}
    for length in range(most + 1):
        if any(one.ends(state) for state in states):
            found.append(length)
        states = {after for state in states for _, after in one.out(state)}
    return found


def _steps(
    all_of: Sequence[Texts], place: tuple[int | None, ...], other: Texts | None
) -> Iterator[tuple[Interval, tuple[int | None, ...]]]:
    """Yield by which characters all go on, and where to; the other may be left behind, which None says."""
    *inside, beside = place
    ways: list[tuple[Interval, tuple[int | None, ...]]] = [((0, 0x10FFFF), ())]
    for one, state in zip(all_of, inside, strict=True):
        if state is not None:
            ways = list(_met(ways, one.out(state)))
    if other is None or beside is None:
        yield from ((interval, (*after, None)) for interval, after in ways)
        return
    steps = other.out(beside)
    yield from _met(ways, steps)
    yield from _met(ways, [(interval, None) for interval in _without([step for step, _ in steps])])


def _met(
    ways: Sequence[tuple[Interval, tuple[int | None, ...]]], steps: Sequence[tuple[Interval, int | None]]
) -> Iterator[tuple[Interval, tuple[int | None, ...]]]:
    for (low, high), after in ways:
        for (first, last), state in steps:
            if max(low, first) <= min(high, last):
                yield (max(low, first), min(high, last)), (*after, state)


def _without(intervals: Sequence[Interval]) -> list[Interval]:
    """Return all other characters."""
    left = list(ANY)
    for low, high in intervals:
        left = [
            part
            for first, last in left
            for part in ((first, min(last, low - 1)), (max(first, high + 1), last))
            if part[0] <= part[1]
        ]
    return left


def _character(interval: Interval) -> int:
    return next((ord(one) for one in _PLAIN if interval[0] <= ord(one) <= interval[1]), interval[0])


def _spelled(came: dict[tuple[int | None, ...], tuple[tuple[int | None, ...], int] | None], place: object) -> str:
    letters: list[str] = []
    step = came[place]  # type: ignore[index]
    while step is not None:
        letters.append(chr(step[1]))
        step = came[step[0]]
    return "".join(reversed(letters))


# A part of a pattern, as it is read: what it is, and what it is made of.
Part = tuple[str, Any]


@dataclass(slots=True)
class _Fragment:
    """A part written out: whether it may be empty, and the states that it begins and ends with."""

    empty: bool
    first: list[int]
    last: list[int]


class _Reader:
    """Reads a pattern and writes its automaton."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise PatternRefused(f"it is over {LONGEST} characters long", "make it shorter")
        if not text.startswith("^") or not text.endswith("$") or (text.endswith("\\$") and not text.endswith("\\\\$")):
            raise PatternRefused(
                "it would match anywhere in a text",
                "begin it with ^ and end it with $, and say by .* what may be around",
            )
        self._text, self._at, self._end = text, 1, len(text) - 1
        self._out: list[tuple[Interval, ...]] = [()]
        self._written: list[str] = []
        self._follow: list[set[int]] = [set()]
        self._top = self._alternatives(0)
        if self._at < self._end:
            raise PatternRefused("it has a bracket too many", "write \\) for the character itself")
        self.written = f"^{''.join(self._written)}$"

    def automaton(self) -> tuple[list[list[tuple[Interval, int]]], frozenset[int]]:
        whole = self._fragment(self._top)
        self._joined([0], whole.first)
        out = []
        for states in self._follow:
            steps = sorted((interval, state) for state in states for interval in self._out[state])
            for ((_, high), _), ((low, _), _) in pairwise(steps):
                if low <= high:
                    raise _ambiguous(f"at one place two parts of it take {chr(low)!r}")
            out.append(steps)
        return out, frozenset([*whole.last, *([0] if whole.empty else [])])

    # Reading

    def _alternatives(self, depth: int) -> Part:
        if depth > 20:
            raise PatternRefused("its groups are nested too deeply", "make it flatter")
        parts = [self._sequence(depth)]
        while self._next("|"):
            if depth == 0:
                raise PatternRefused("^ and $ belong to the first and the last alternative only", "write ^(?:a|b)$")
            self._written.append("|")
            parts.append(self._sequence(depth))
        return parts[0] if len(parts) == 1 else ("or", parts)

    def _sequence(self, depth: int) -> Part:
        parts = []
        while self._at < self._end and self._text[self._at] not in "|)":
            parts.append(self._repeated(self._atom(depth)))
        return "then", parts

    def _repeated(self, part: Part) -> Part:
        if self._at == self._end:
            return part
        begin, character = self._at, self._text[self._at]
        bounds: tuple[int, int | None] | None = {"?": (0, 1), "*": (0, None), "+": (1, None)}.get(character)
        if bounds is not None:
            self._at += 1
        elif character == "{":
            bounds = self._counted()
        else:
            return part
        if self._at < self._end and self._text[self._at] in "?*+{":
            raise PatternRefused("it has two signs of repetition after each other", "put the inner one into (?:...)")
        self._written.append(self._text[begin : self._at])
        return "times", (part, *bounds)

    def _counted(self) -> tuple[int, int | None]:
        close = self._text.find("}", self._at, self._end)
        low, comma, high = self._text[self._at + 1 : max(close, self._at + 1)].partition(",")
        self._at = close + 1
        numbers = [one for one in (low, high) if one]
        if close < 0 or not low or not all(one.isascii() and one.isdigit() and len(one) < 5 for one in numbers):
            raise PatternRefused("its { } hold no number", "write {2}, {2,} or {2,5}, or \\{ for the character itself")
        most = (int(high) if high else None) if comma else int(low)
        if most is not None and (most < int(low) or most == 0):
            raise PatternRefused("its { } allow nothing", "write the lower number first")
        return int(low), most

    def _atom(self, depth: int) -> Part:
        character = self._take()
        if character == "(":
            return self._group(depth)
        if character == "[":
            return self._class()
        if character == ".":
            return self._characters(_without(_LINE_ENDS), "[^\\n\\r\\u2028\\u2029]")
        if character == "\\":
            found, written = self._escaped()
            is_one = len(found) == 1 and found[0][0] == found[0][1]
            return self._characters(found, _literal(chr(found[0][0])) if is_one else f"[{written}]")
        if character in "^$":
            raise PatternRefused(f"it has {character} in the middle", f"write \\{character} for the character itself")
        if character in "*+?{":
            raise PatternRefused(f"there is nothing that {character} repeats", f"write \\{character} for the character")
        return self._characters([(ord(character), ord(character))], _literal(character))

    def _characters(self, intervals: Sequence[Interval], written: str) -> Part:
        self._written.append(written)
        return "one", tuple(intervals)

    def _group(self, depth: int) -> Part:
        if self._next("?") and not self._next(":"):
            raise PatternRefused("it looks around, or names a group", "say by (?:...) and classes what may stand there")
        self._written.append("(?:")
        inner = self._alternatives(depth + 1)
        if not self._next(")"):
            raise PatternRefused("it lacks a closing bracket", "close each ( by )")
        self._written.append(")")
        return inner

    def _class(self) -> Part:
        is_negated, found, written = self._next("^"), list[Interval](), list[str]()
        while not self._next("]"):
            some, text = self._member()
            if self._at + 1 < self._end and self._text[self._at] == "-" and self._text[self._at + 1] != "]":
                self._at += 1
                last, end = self._member()
                if len(some) > 1 or len(last) > 1 or some[0][0] != some[0][1] or some[0][0] > last[0][1]:
                    raise PatternRefused("it has a class with a range that is none", "write [a-z], and \\- for -")
                if last[0][0] != last[0][1]:
                    raise PatternRefused("it has a class with a range that is none", "write [a-z], and \\- for -")
                some, text = [(some[0][0], last[0][0])], f"{text}-{end}"
            found += some
            written.append(text)
        chosen = _without(found) if is_negated else _merged(found)
        if not chosen or not found:
            raise PatternRefused("it has a class without characters", "write what it takes")
        return self._characters(chosen, f"[{'^' if is_negated else ''}{''.join(written)}]")

    def _member(self) -> tuple[list[Interval], str]:
        character = self._take()
        if character == "\\":
            return self._escaped()
        return [(ord(character), ord(character))], _member(character)

    def _escaped(self) -> tuple[list[Interval], str]:
        character = self._take()
        if character == "d":
            return list(_DIGITS), "0-9"
        if character == "w":
            return list(_WORD), "0-9A-Z_a-z"
        if character in "nrt":
            code = {"n": 10, "r": 13, "t": 9}[character]
            return [(code, code)], _member(chr(code))
        if character == "u" and re.fullmatch("[0-9A-Fa-f]{4}", self._text[self._at : self._at + 4]):
            code = int(self._text[self._at : self._at + 4], 16)
            self._at += 4
            _check_whole(code)
            return [(code, code)], _member(chr(code))
        if character.isalnum() or ord(character) > 127:
            raise PatternRefused(
                f"engines read \\{character} differently, or it is not regular",
                "write the characters themselves, as a class",
            )
        return [(ord(character), ord(character))], _member(character)

    def _take(self) -> str:
        if self._at >= self._end:
            raise PatternRefused(
                "it ends in the middle of something", "close each [ by ], and write \\\\ for a backslash"
            )
        self._at += 1
        _check_whole(ord(self._text[self._at - 1]))
        return self._text[self._at - 1]

    def _next(self, character: str) -> bool:
        if self._at < self._end and self._text[self._at] == character:
            self._at += 1
            return True
        return False

    # Writing out

    def _fragment(self, part: Part) -> _Fragment:
        kind, of = part
        match kind, of:
            case "one", tuple() as intervals:
                if len(self._out) > STATES:
                    raise PatternRefused(f"written out it has over {STATES} characters", "use maxLength for lengths")
                self._out.append(intervals)
                self._follow.append(set())
                return _Fragment(False, [len(self._out) - 1], [len(self._out) - 1])
            case "then", list() as parts:
                result = _Fragment(True, [], [])
                for inner in parts:
                    result = self._then(result, self._fragment(inner))
                return result
            case "or", list() as parts:
                found = [self._fragment(inner) for inner in parts]
                if sum(one.empty for one in found) > 1:
                    raise _ambiguous("two of its alternatives may be empty")
                first, last = [s for one in found for s in one.first], [s for one in found for s in one.last]
                return _Fragment(any(one.empty for one in found), first, last)
            case "times", (inner, int() as low, int() | None as high):
                return self._times(inner, low, high)
        raise AssertionError(part)

    def _times(self, part: Part, low: int, high: int | None) -> _Fragment:
        if high is None:
            tail = self._fragment(part)
            self._joined(tail.last, tail.first)
            tail.empty = tail.empty if low else self._optional(tail)
        else:
            tail = _Fragment(True, [], [])
            for _ in range(high - low):
                tail = self._then(self._fragment(part), tail)
                tail.empty = self._optional(tail)
        if (high is None or high > 1) and not self._is_filled(part):
            raise _ambiguous("what it repeats may be empty")
        for _ in range(low - (high is None) if low else 0):
            tail = self._then(self._fragment(part), tail)
        return tail

    def _optional(self, fragment: _Fragment) -> bool:
        if fragment.empty:
            raise _ambiguous("what may be left out may be empty")
        return True

    def _is_filled(self, part: Part) -> bool:
        kind, of = part
        match kind, of:
            case "then", list() as parts:
                return any(self._is_filled(inner) for inner in parts)
            case "or", list() as parts:
                return all(self._is_filled(inner) for inner in parts)
            case "times", (inner, low, _):
                return bool(low) and self._is_filled(inner)
        return True

    def _then(self, one: _Fragment, other: _Fragment) -> _Fragment:
        self._joined(one.last, other.first)
        first = [*one.first, *(other.first if one.empty else [])]
        last = [*other.last, *(one.last if other.empty else [])]
        return _Fragment(one.empty and other.empty, first, last)

    def _joined(self, last: Sequence[int], first: Sequence[int]) -> None:
        for state in last:
            if not self._follow[state].isdisjoint(first):
                raise _ambiguous("what it repeats repeats itself")
            self._follow[state].update(first)


def _ambiguous(why: str) -> PatternRefused:
    return PatternRefused(
        f"{why}, so that a text could be tried in very many ways",
        "let what comes next decide: such as ^[a-z]+(?:-[a-z]+)*$; or use `maxLength` and a `description`",
    )


def _merged(intervals: Sequence[Interval]) -> list[Interval]:
    return _without(_without(intervals))


def _check_whole(code: int) -> None:
    if 0xD800 <= code <= 0xDFFF:
        raise PatternRefused("it has a half of a surrogate pair", "write the whole character")


_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def _literal(character: str) -> str:
    """Return a character as all engines read it outside of a class."""
    if character == "\\":
        return "[\\\\]"  # never right before the closing $, which would look escaped
    return _NAMED.get(character, f"\\{character}" if character in "[]^$.*+?(){}|" else character)


def _member(character: str) -> str:
    """Return a character as all engines read it in a class."""
    if character in "&~":  # twice they are an operator, one day, and \\& is an error in JavaScript
        return f"\\u{ord(character):04x}"
    return _NAMED.get(character, f"\\{character}" if character in "[]^-|\\$" else character)
