"""The sections of a runbook, as a page shows them beside the alarms that they are about. Pure."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

_EXAMPLES = re.compile(r"service `([\w-]+)` in\s+the\s+stage `([\w-]+)`")
"""How a runbook says whose names its commands have."""


class Runbook:
    """A Markdown text with a section (`##`) for each kind of alarm."""

    def __init__(self, text: str) -> None:
        beginning, *sections = re.split(r"^## +", text, flags=re.MULTILINE)
        self._sections = {name.strip(): body for name, _, body in (one.partition("\n") for one in sections)}
        self._examples = _EXAMPLES.search(beginning)

    def section(self, kind: str, beginning: str, owner: str) -> str:
        """Return the section of a kind of alarm as HTML, nothing where there is none.

        Its commands have the names of the service `owner` and of the stage whose names all begin with `beginning`.
        """
        text = self._sections.get(kind, "")
        if self._examples is not None:
            service, stage = self._examples.groups()
            text = text.replace(f"{stage}-{service}", f"{beginning}-{owner}").replace(stage, beginning)
        return _rendered(text)


def _rendered(text: str) -> str:
    """Return Markdown as HTML without links, which lead to files, and without what the page's policy forbids."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(text)
    for token in tokens:
        token.attrs.pop("style", None)
        token.children = None if token.children is None else [one for one in token.children if not _is_link(one)]
    return str(markdown.renderer.render(tokens, markdown.options, {}))


def _is_link(token: Token) -> bool:
    return token.type in ("link_open", "link_close", "image")
