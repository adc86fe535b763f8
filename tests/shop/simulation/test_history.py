"""What the rows of the shop remember, on schedules of the simulator, which sees every write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest

from ensemble.command_line.simulate.simulating import Runs
from ensemble.meter.items import Table as Meter
from ensemble.simulator.dynamodb import Item, Table
from ensemble.simulator.row_items import is_row
from ensemble.trace.history import Past, past_of
from functions.kit import rows
from functions.kit.rows import row_of

SEEDS = range(25)
METER = Meter(("pk",))


class Written:
    """All that is written in a schedule. `units`: those of its writes. `rows`: by table and key the states that were
    written since the row began, by version, and the last item."""

    def __init__(self) -> None:
        self.units: list[float] = []
        self.rows: dict[tuple[str, str], dict[int, Past]] = {}
        self.last: dict[tuple[str, str], Item] = {}

    def note(self, table: str, key: str, before: Item | None, item: Item) -> None:
        self.units.append(METER.write_units(before, item))
        if is_row(item):
            row = row_of(key, item)
            versions = self.rows.setdefault((table, key), {})
            if row.version == 1:
                versions.clear()
            versions[row.version] = Past(row.state, row.state_version)
            self.last[table, key] = item


@contextmanager
def watched() -> Iterator[Written]:
    """Note what any simulated DynamoDB writes."""
    written, write = Written(), Table.write

    def noting(self: Table, key: str, item: Item | None) -> Item | None:
        assert item is not None
        written.note(self.name, key, self.stored.get(key), item)
        return write(self, key, item)

    with patch.object(Table, "write", noting):
        yield written


def wrong_in(written: Written, counts: Counter[str]) -> Iterator[str]:
    """Yield each state that a history leads to and that was not the row's; count what is remembered."""
    for (table, key), item in written.last.items():
        row, versions, step = row_of(key, item), written.rows[table, key], None
        for step, before, after in past_of(row):
            counts["steps"] += 1
            earlier = [version for version in versions if version < step.version]
            really = versions[max(earlier)] if earlier else Past(None, 1)
            if after is not None and after != versions[step.version]:
                yield f"{key} of {table}: {after} after version {step.version}, not {versions[step.version]}"
            if before is not None:
                counts["states"] += 1
                if before.state != really.state or (earlier and before.version != really.version):
                    yield f"{key} of {table}: {before} before version {step.version}, not {really}"
        counts["rows"] += 1
        counts["whole"] += step is not None and step.version == 1


def test_a_history_leads_back_to_what_was_committed_and_costs_no_write_unit(core: Runs) -> None:
    counts: Counter[str] = Counter()
    for seed in SEEDS:
        with watched() as remembered:
            core(seed)
        with watched() as bare, patch.object(rows, "_history", _nothing):
            core(seed)

        assert list(wrong_in(remembered, counts)) == []
        assert remembered.units == bare.units
    assert counts["states"] > 0.98 * counts["steps"]
    assert counts["whole"] > 0.9 * counts["rows"]


def _nothing(*_: Any) -> Mapping[str, Any]:
    return {}


@pytest.mark.parametrize("seed", [100, 101])
def test_so_it_does_in_the_full_lane(full: Runs, seed: int) -> None:
    counts: Counter[str] = Counter()
    with watched() as written:
        full(seed)

    assert list(wrong_in(written, counts)) == []
    assert counts["states"] > 0
