"""The command `ensemble demo`: plays the stories, and says whether all went as it must.

They are played on the real clock, as far as they take seconds; stories that take longer follow in virtual time.
"""

from __future__ import annotations

from dataclasses import replace

from rich.console import Console

from ensemble.command_line.palette import Palette
from ensemble.command_line.project import read_services, root_of_project, scenario_to_play
from ensemble.command_line.run.needs import given_to
from ensemble.command_line.run.playing import play
from ensemble.command_line.run.report import closing_table, timeline
from ensemble.command_line.run.results import Result, Results
from ensemble.command_line.run.running import logs_of, running_laptop, running_sandboxes
from ensemble.laptop.clock import LeapingClock
from ensemble.scenario import Story


def play_stories(console: Console, environment: str) -> bool:
    """Play all stories and show them; return whether each ended as expected and the measures balance."""
    palette, clock = Palette(), LeapingClock()
    root = root_of_project()
    scenario = scenario_to_play(root)
    services = read_services(root)
    scenario = replace(scenario, stories=tuple(sorted(scenario.stories, key=lambda story: story.is_long)))

    def begin(story: Story) -> None:
        if story.is_long:
            clock.leap()

    def show(result: Result) -> None:
        console.print(timeline(result, palette))
        console.print()

    with (
        running_sandboxes(scenario) as sandboxes,
        running_laptop(
            console, environment, clock, given_to(services, sandboxes.settings, root, with_file=False)
        ) as laptop,
    ):
        results = play(laptop, scenario, sandboxes=sandboxes, on_story=begin, on_result=show)
    conclude(console, results)
    return results.as_expected


def conclude(console: Console, results: Results) -> None:
    """Show the closing table, and where to look when something is wrong."""
    console.print(closing_table(results))
    console.print()
    for queue, number in results.dead_letters.items():
        console.print(f"✗ {number} dead letters in {queue}", style="bold red")
    if not results.as_expected:
        console.print(f"Not as it must be: the functions' logs are in {logs_of(root_of_project())}", style="bold red")
    elif results.has_ends:
        measures = ", and the measures balance" if results.changes else ""
        console.print(f"All stories ended as they must{measures}.", style="green")
    else:
        console.print("All came to rest without a dead letter. No story says how it must end: write some in", end=" ")
        console.print("scenarios/<name>/scenario.py (docs/guides/scenarios.md).")
