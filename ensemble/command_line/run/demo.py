"""The command `ensemble demo`: plays the stories on the real clock, and says whether all went as it must."""

from __future__ import annotations

from rich.console import Console

from ensemble.command_line.palette import Palette
from ensemble.command_line.run.playing import play
from ensemble.command_line.run.report import closing_table, timeline
from ensemble.command_line.run.results import Result, Results
from ensemble.command_line.run.running import LOGS, running_shop
from ensemble.command_line.run.stories import STORIES

LONGEST_STORY_SECONDS = 15


def play_stories(console: Console, environment: str) -> bool:
    """Play all stories and show them; return whether each ended as expected and the sums balance."""
    palette = Palette()

    def show(result: Result) -> None:
        console.print(timeline(result, palette))
        console.print()

    with running_shop(console, environment) as laptop:
        results = play(laptop, STORIES, environment=environment, on_result=show, timeout_seconds=LONGEST_STORY_SECONDS)
    conclude(console, results)
    return results.as_expected


def conclude(console: Console, results: Results) -> None:
    """Show the closing table, and where to look when something is wrong."""
    console.print(closing_table(results))
    console.print()
    for queue, number in results.dead_letters.items():
        console.print(f"✗ {number} dead letters in {queue}", style="bold red")
    if results.as_expected:
        console.print("All stories ended as they must, and stock and money balance.", style="green")
    else:
        console.print(f"Not as it must be: the functions' logs are in {LOGS}", style="bold red")
