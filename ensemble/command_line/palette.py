"""The colours of services at the terminal, given out in the order in which they are first heard of."""

from __future__ import annotations

from itertools import cycle

COLOURS = ("cyan", "yellow", "magenta", "green", "bright_blue", "bright_magenta", "bright_cyan", "bright_yellow")


class Palette:
    """Gives each service its colour, always the same one, so that the eye can follow it."""

    def __init__(self) -> None:
        self._left = cycle(COLOURS)
        self._given: dict[str, str] = {}

    def colour_of(self, service: str) -> str:
        """Return the colour of what this service publishes."""
        if service not in self._given:
            self._given[service] = next(self._left)
        return self._given[service]
