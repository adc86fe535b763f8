"""A campaign over many seeds, in processes of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from multiprocessing import active_children
from pathlib import Path

from ensemble.simulator.campaign import CHUNK, SHARES, Tally, campaign, chunks
from ensemble.simulator.schedule import Outcome

MANY = 2_000 * CHUNK
"""Seeds that take far longer to run than a campaign takes to end."""


def noting(folder: Path, lane: str) -> Callable[[int], Outcome]:
    """Return what runs a seed by noting, in the folder, each chunk that was begun."""

    def run(seed: int) -> Outcome:
        if seed % CHUNK == 0:
            (folder / str(seed)).touch()
        absent = frozenset({"statistics"} if seed % 2 else ())
        violations = [f"{lane} fails"] if seed % 50 == 7 else []
        return Outcome(seed, violations, [], Counter(), Counter(), 3, 5, absent=absent)

    return run


def test_a_campaign_adds_up_every_seed_once(tmp_path: Path) -> None:
    *_, total = campaign(partial(noting, tmp_path), "core", 40, 220, jobs=2)

    assert (total.schedules, total.events, total.invocations) == (220, 660, 1_100)
    assert sorted(total.failures) == [(seed, "core fails") for seed in (57, 107, 157, 207, 257)]
    assert total.left_out == {"statistics": 110}


def test_the_hash_is_of_what_became_of_each_seed_whoever_ran_it_and_those_of_two_campaigns_add_up(
    tmp_path: Path,
) -> None:
    def total(first: int, seeds: int, jobs: int, lane: str = "core") -> Tally:
        *_, tally = campaign(partial(noting, tmp_path), lane, first, seeds, jobs=jobs)
        return tally

    whole, first, rest = total(0, 60, 2), total(0, 20, 1), total(20, 40, 1)
    assert total(0, 60, 1).hash == whole.hash
    assert whole.hash not in {first.hash, total(1, 60, 1).hash, total(0, 60, 1, "full").hash}

    first.merge(rest)
    assert first.hash == whole.hash == f"{whole.fingerprints % 2**64:016x}"


def test_seeds_are_handed_out_each_once_and_in_ever_shorter_runs_so_that_no_process_waits_at_the_end() -> None:
    runs = list(chunks(40, 2_000, workers=2))

    assert [seed for run in runs for seed in run] == list(range(40, 2_040))
    assert max(map(len, runs)) == CHUNK
    assert all(len(run) <= max(1, (2_040 - run.start) // (2 * SHARES)) for run in runs)


def test_a_campaign_that_is_ended_early_runs_no_more_seeds(tmp_path: Path) -> None:
    tallies = campaign(partial(noting, tmp_path), "core", 0, MANY, jobs=1)
    next(tallies)

    tallies.close()

    assert active_children() == []
    assert len(list(tmp_path.iterdir())) < MANY // CHUNK / 2
