"""Draws: the same for the same seed and name, others for others, and evenly spread."""

from __future__ import annotations

from collections import Counter

from ensemble.simulator.chance import Chance
from ensemble.simulator.faults import Fault, made, planned, profile_of


def test_a_draw_depends_on_the_seed_and_on_what_is_drawn_alone() -> None:
    first = Chance(1)
    first.draw("something else")

    assert first.draw("this") == Chance(1).draw("this")
    assert first.draw("this") != Chance(2).draw("this")
    assert first.draw("this") != first.draw("that")


def test_draws_are_the_same_wherever_they_are_made() -> None:
    assert round(Chance(4711).draw("delivery"), 9) == 0.551884386


def test_whole_numbers_are_drawn_evenly_and_never_outside() -> None:
    counted = Counter(Chance(seed).between("n", 2, 4) for seed in range(3_000))

    assert set(counted) == {2, 3, 4}
    assert min(counted.values()) > 900


def test_spans_are_spread_over_the_orders_of_magnitude() -> None:
    spans = [Chance(seed).spread("s", 1, 10_000) for seed in range(2_000)]

    assert min(spans) >= 1
    assert max(spans) <= 10_000
    assert 0.45 < sum(span < 100 for span in spans) / len(spans) < 0.55


def test_every_fault_is_in_some_seeds_and_missing_in_others() -> None:
    profiles = [profile_of(Chance(seed)) for seed in range(300)]

    for fault in Fault:
        present = sum(profile.rate(fault) > 0 for profile in profiles)
        assert 50 < present < 250, fault
    assert any(not profile.rates for profile in profiles)


def test_the_faults_of_an_invocation_never_take_more_than_half_of_all() -> None:
    everything = made(dict.fromkeys(Fault, 0.6), 60.0)

    assert everything.consumer[-1][1] <= 0.5 + 1e-9
    assert everything.relay[-1][1] <= 0.5 + 1e-9


def test_an_invocation_above_all_shares_has_no_fault() -> None:
    shares = made({Fault.CRASH: 0.2}, 60.0).consumer

    assert planned(shares, (0.19, 0.0, 0.0, 0.0), 3, 30.0) is not None
    assert planned(shares, (0.21, 0.0, 0.0, 0.0), 3, 30.0) is None
