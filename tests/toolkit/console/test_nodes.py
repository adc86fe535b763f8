"""How a service is, in the words of its card: what matters most comes first."""

from __future__ import annotations

import pytest

from ensemble.console.nodes import Facts, node_of


@pytest.mark.parametrize(
    ("facts", "state", "text"),
    [
        (Facts(0, 0, is_stopped=False, down=()), "ok", ""),
        (Facts(3, 0, is_stopped=False, down=()), "ok", "3 waiting"),
        (Facts(3, 0, is_stopped=False, down=(), oldest=59.0), "ok", "3 waiting"),
        (Facts(3, 0, is_stopped=False, down=(), oldest=125.0), "ok", "3 waiting, the oldest for 2 min 5 s"),
        (Facts(0, 2, is_stopped=False, down=()), "failing", "2 dead letters"),
        (
            Facts(1_200, 2, is_stopped=False, down=("carrier", "EventBridge")),
            "waiting",
            "carrier and EventBridge down, 1,200 waiting",
        ),
        (Facts(30, 2, is_stopped=True, down=("carrier",)), "stopped", "stopped, 30 waiting"),
    ],
)
def test_a_card_says_what_matters_most_and_how_much_waits(facts: Facts, state: str, text: str) -> None:
    node = node_of(facts)

    assert (node["state"], node["text"]) == (state, text)
    assert (node["waiting"], node["dead"]) == (facts.waiting, facts.dead)


def test_the_age_of_the_oldest_message_is_told_in_milliseconds_where_it_is_known() -> None:
    assert node_of(Facts(1, 0, is_stopped=False, down=(), oldest=1.5))["oldest"] == 1_500
    assert node_of(Facts(1, 0, is_stopped=False, down=()))["oldest"] is None
