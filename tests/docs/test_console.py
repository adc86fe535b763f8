"""What docs/console.md says of the console: its faults and its keys are those that there are."""

from __future__ import annotations

import re

from ensemble.command_line.run.injectable import INJECTABLE
from ensemble.console.packages import PAGE
from tests.conftest import ROOT

TEXT = (ROOT / "docs" / "console.md").read_text(encoding="utf-8")


def rows_of(section: str) -> list[list[str]]:
    """Return the cells of the table below a heading, without its head."""
    lines = TEXT.partition(f"\n## {section}\n")[2].partition("\n## ")[0].splitlines()
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return table[2:]


def test_each_fault_of_a_laptop_is_in_the_table_with_what_it_is_switched_on_for() -> None:
    listed = [(words, of.removeprefix("a ").removeprefix("the ")) for words, of, _ in rows_of("Faults on a laptop")]

    assert listed == [(str(one.fault), str(one.of)) for one in INJECTABLE]


def test_each_key_of_the_page_is_in_the_table() -> None:
    listed = {key for cell, _ in rows_of("Keys") for key in re.findall(r"`(.+?)`", cell)}
    shown = re.findall(r'^  \["(.+?)", "', (PAGE / "keys.js").read_text(encoding="utf-8"), flags=re.MULTILINE)

    assert listed == {key for keys in shown for key in keys.split()}
