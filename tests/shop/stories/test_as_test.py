"""What became of an order is written down as a test that goes the same way, and shows nobody's data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ensemble.command_line.run.control import routes
from ensemble.command_line.run.look import LaptopLook, names_of
from ensemble.command_line.run.up import questions
from ensemble.command_line.trace.recorded import Recorded
from ensemble.scenario import Story
from functions.payment.domain import Outcome
from scenarios.shop.stories import STORIES, order
from tests.shop.stories.conftest import ShopLaptop, laptop_on, play, playing
from tests.toolkit.command_line import conftest as command_line
from tests.toolkit.command_line.trace.planted import recorded_in

ensemble, synthesized = command_line.ensemble, command_line.synthesized

PRIVATE = "tok_4242_private"

DECLINED = Story(
    "a card that its bank declines",
    commands=(order("order-private", ("sku-1", 1, 10.0), token=PRIVATE),),
    end=("OrderCancelled",),
    appear=("PaymentFailed", "InventoryReleased"),
)
ON_THE_WAY, OVERDUE = (
    next(story for story in STORIES if story.name == name) for name in ("cancelled on the way", "nobody ships in time")
)


@pytest.fixture(scope="module")
def laptop(assembly: Path) -> Iterator[ShopLaptop]:
    """A laptop on which these were played, one after the other."""
    with laptop_on(assembly) as laptop:
        provider = LaptopLook(laptop, laptop.sandboxes).handler("payment").gateway._provider
        decide = provider._decide
        provider._decide = lambda units, token: (
            Outcome(accepted=False, reason="no") if token == PRIVATE else decide(units, token)
        )
        assert play(
            laptop, playing(DECLINED, replace(ON_THE_WAY, measures={}), replace(OVERDUE, measures={}))
        ).as_expected
        yield laptop


@pytest.mark.parametrize("story", [DECLINED, ON_THE_WAY, OVERDUE], ids=lambda story: story.name)
def test_it_goes_the_same_way_again(
    story: Story,
    laptop: ShopLaptop,
    tmp_path: Path,
    ensemble: command_line.Command,
    synthesized: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CDK_OUTDIR", synthesized["CDK_OUTDIR"])
    order_id, file = str(story.commands[0].fields["order_id"]), tmp_path / "test_order.py"

    recorded = written(laptop, order_id, file, ensemble)

    assert set(story.end) <= set(recorded.story.end)
    assert set(story.appear) <= set(recorded.story.appear)
    assert PRIVATE not in file.read_text()


def written(laptop: ShopLaptop, order_id: str, file: Path, ensemble: command_line.Command) -> Recorded:
    port = urlsplit(laptop.serve(0, routes(questions(laptop, names_of(laptop)))).url).port
    outcome = ensemble("trace", order_id, "--port", str(port), "--as-test", str(file))
    assert "It passes: it expects what was recorded." in outcome.output, outcome.output + outcome.errors
    return recorded_in(file)
