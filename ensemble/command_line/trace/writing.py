"""Python source of a recorded workflow, as ruff formats it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from textwrap import wrap
from typing import Any

from ensemble.command_line.terminal import printable
from ensemble.command_line.trace.recorded import Recorded
from ensemble.scenario import Command, Story

LINE = 120
"""Characters of a line at most, as `pyproject.toml` has it for ruff."""

INDENT = "    "

Told = tuple[str, Any, str]
"""A keyword argument: its name, its value, and what a comment above it says."""


class Call:
    """A call with keyword arguments, each on its own line; those that are the default are left out."""

    def __init__(self, name: str, arguments: Iterable[Told]) -> None:
        self.name, self.arguments = name, [one for one in arguments if one[1] or one[2]]

    def lines(self, indent: str) -> Iterator[str]:
        yield f"{self.name}("
        for name, value, comment in self.arguments:
            yield from (f"{indent}{INDENT}# {line}" for line in wrap(comment, LINE - len(indent) - 6))
            yield f"{indent}{INDENT}{name}={literal(value, indent + INDENT, len(name) + 2)},"
        yield f"{indent})"


def source(recorded: Recorded, head: Iterable[str], comments: Mapping[str, str]) -> str:
    """Return a test of a recorded workflow. `head`: its docstring's lines. `comments`: what is said of arguments."""
    story = recorded.story
    told = Call(
        "Story",
        [
            ("name", story.name, ""),
            ("commands", story.commands, ""),
            ("end", story.end, comments.get("end", "")),
            ("appear", story.appear, comments.get("appear", "")),
            ("absent", story.absent, ""),
            ("within", story.within, ""),
        ],
    )
    whole = Call(
        "Recorded",
        [
            ("asked", recorded.asked, ""),
            ("began", recorded.began, ""),
            ("stage", recorded.stage, ""),
            ("story", told, ""),
            ("fields", recorded.fields, comments.get("fields", "")),
        ],
    )
    docstring = "\n".join(line for text in head for line in (wrap(_safe(text), LINE - 4) or [""]))
    assigned = "\n".join(whole.lines(""))
    text = (
        f'"""{docstring}\n"""\n\nfrom __future__ import annotations\n\n'
        "from ensemble.command_line.trace.recorded import Recorded\nfrom ensemble.scenario import Command, Story\n\n"
        f"RECORDED = {assigned}\n\n\n"
        "def test_it_ends_as_it_must() -> None:\n    assert RECORDED.faults() == []\n"
    )
    return "\n".join(line if len(line) <= LINE else f"{line}  # noqa: E501" for line in text.split("\n"))


def literal(value: Any, indent: str, used: int = 1) -> str:
    """Return a value as Python source: on one line if it fits there beside `used` characters, else on several."""
    short = _short(value)
    if short is not None and len(indent) + used + len(short) <= LINE:
        return short
    inner = indent + INDENT
    match value:
        case Call():
            return "\n".join(value.lines(indent))
        case Command():
            parts = [literal(one, inner) for one in (value.type, value.source)]
            parts += [literal(dict(value.fields), inner), *_times(value)]
            opened, closed = "Command(", ")"
        case Mapping():
            parts = [f"{_text(name)}: {literal(one, inner, len(_text(name)) + 3)}" for name, one in value.items()]
            opened, closed = "{", "}"
        case tuple() | list():
            parts = [literal(one, inner) for one in value]
            opened, closed = ("(", ")") if isinstance(value, tuple) else ("[", "]")
        case _:
            return str(short)
    return "\n".join([opened, *(f"{inner}{part}," for part in parts), f"{indent}{closed}"])


def _short(value: Any) -> str | None:
    """Return a value on one line; None for what is always on several."""
    match value:
        case Call() | Story():
            return None
        case Command():
            parts = [_text(value.type), _text(value.source), str(_short(dict(value.fields))), *_times(value)]
            return f"Command({', '.join(parts)})"
        case str():
            return _text(value)
        case Mapping():
            return "{" + ", ".join(f"{_text(name)}: {_short(one)}" for name, one in value.items()) + "}"
        case tuple() | list():
            inside = ", ".join(str(_short(one)) for one in value)
            if isinstance(value, list):
                return f"[{inside}]"
            return f"({inside},)" if len(value) == 1 else f"({inside})"
    return repr(value)


def _times(command: Command) -> Iterator[str]:
    if command.at:
        yield f"at={command.at!r}"
    if command.after:
        yield f"after={_text(command.after)}"


def _text(text: str) -> str:
    """Return a text in the quotes of which it has fewer inside, double ones if in doubt."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    plain = repr("'\"" + text)[4:-1].replace("\\'", "'")  # with both inside, repr escapes the single ones alone
    return quote + plain.replace(quote, f"\\{quote}") + quote


def _safe(text: str) -> str:
    """Return a text that ends no docstring."""
    return printable(text).replace("\\", "\\\\").replace('"""', "'''")
