"""The list of commands in the help: in sections, in the order in which people need them, no sentence cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer.core import TyperGroup

if TYPE_CHECKING:
    from typer._click import Context, HelpFormatter

PROJECT, RUN, SEE = "Make a project", "Run it", "See what happens"
PROVE, SHOW, DEPLOY, OPERATE = "Prove it", "Show it", "Deploy it", "Operate it"
"""The sections; a command names its own by `rich_help_panel`."""

ORDER = (PROJECT, RUN, SEE, PROVE, SHOW, DEPLOY, OPERATE)

WHOLE = 1_000
"""Characters of a command's first sentence that are shown: all."""


class Sections(TyperGroup):
    """A group of commands whose help has sections."""

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write each section with its commands; what names none is under "Commands"."""
        sections: dict[str, list[tuple[str, str]]] = {name: [] for name in ORDER}
        for name, command in self.commands.items():
            section = getattr(command, "rich_help_panel", None)
            row = name, command.get_short_help_str(WHOLE)
            sections.setdefault(section if isinstance(section, str) else "Other", []).append(row)
        widest = max(map(len, self.commands), default=0)
        for title, rows in sections.items():
            if rows:
                with formatter.section(title):
                    formatter.write_dl([(name.ljust(widest), text) for name, text in rows])
