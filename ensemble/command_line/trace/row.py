"""The command `ensemble row`: one row of a service as it is now."""

from __future__ import annotations

from rich.console import Console

from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.stage.account import aws_answers
from ensemble.command_line.stage.place import Place
from ensemble.command_line.terminal import error_console, printable
from ensemble.command_line.trace.document import row_document
from ensemble.command_line.trace.telling import row_lines
from ensemble.command_line.trace.trace import print_json, reading_of
from functions.kit.envelope import PLAIN_NAME, is_plain


def show_row(console: Console, name: str, value: str, place: Place, *, as_json: bool) -> bool:
    """Print the rows of a service that a value finds, one for each field that finds its rows; return whether there is
    one. Raises CommandFailed."""
    if not is_plain(value):
        raise UsageRefused(f"{printable(value)!r} finds no row: what does is {PLAIN_NAME}")
    declared, reading, _ = reading_of(error_console() if as_json else console, place)
    found = {service.name: service for service in declared.services if not service.stores_events}
    if name not in found:
        raise UsageRefused(f"there is no service {printable(name)!r} with rows. There are: {', '.join(found)}")
    with aws_answers():
        rows = reading.row(found[name], value)
    if as_json:
        print_json({"stage": place.stage, "rows": [row_document(row, reading.now) for row in rows]})
        return bool(rows)
    for row in rows:
        for line, style in row_lines(row, reading.now, is_whole=True):
            console.print(line, style=style or None, markup=False)
    if not rows:
        console.print(f"✗ {name} has no row that {value} finds in {place.stage}", style="red", markup=False)
    return bool(rows)
