"""In a real browser: an order is placed from its form and completes; one waits, and the console says for what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from ensemble.console.packages import packages_of_page
from tests.shop.console.story import Person, running_shop, walk
from tests.toolkit.console.browser import browser

GRAVE = ("serious", "critical")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


class Watched:
    """Notes what goes wrong on a page, and what axe finds at each view in both themes."""

    def __init__(self, page: Page) -> None:
        self.page, self.wrong, self.found = page, list[str](), list[Any]()
        self._axe = Path(packages_of_page(), "axe-core", "axe.min.js").read_text(encoding="utf-8")
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", lambda said: self.wrong.append(said.text) if said.type in ("error", "warning") else None)

    def look(self, view: str) -> None:
        """Let axe look at a view, light and dark."""
        self.page.evaluate(self._axe)
        for theme in ("light", "dark"):
            self.page.evaluate("theme => (document.documentElement.style.colorScheme = theme)", theme)
            told = self.page.evaluate("axe.run()")
            self.found += [
                (view, theme, one["id"], one["nodes"][0]["html"])
                for one in told["violations"]
                if one["impact"] in GRAVE
            ]


def test_an_order_completes_and_one_that_waits_says_for_what(chromium: Browser) -> None:
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    watched = Watched(page)

    with running_shop() as shop:
        quick, slow = walk(Person(page, shop.console, watched.look))
        page.goto(page.url.partition("/workflow/")[0] + f"/compare/{quick}/{slow}")
        page.get_by_role("heading", name=slow).first.wait_for()
        watched.look("compare")

    assert quick != slow
    assert watched.found == []
    assert [one for one in watched.wrong if "ERR_" not in one] == []
