"""The graph in a browser: drawn once, with states in shapes and words, used by keyboard, moving moderately."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from ensemble.choreography.drawing import drawing_of
from ensemble.console.packages import packages_of_page
from infrastructure.services import discover
from tests.conftest import LENDING
from tests.toolkit.choreography.conftest import drawn
from tests.toolkit.console.browser import browser, show

GRAPH = drawing_of(drawn(*discover(LENDING)))
LINE = ("loan", "shelf", "courier")
"""The services on the straight line."""

REQUESTED = "loan/LoanRequested>shelf"

WIDE, PHONE = (1440, 420), (390, 844)

STYLE = """
:root { color-scheme: light dark; --card: light-dark(#fff, #12161f); --text: light-dark(#161b26, #e8ebf2);
  --quiet: light-dark(#5a6478, #98a2b6); --accent: light-dark(#4338ca, #8f94ff); --undo: light-dark(#7522b0, #c893f5);
  --undo-tint: light-dark(#f3e6fd, #2b173c); --waiting: light-dark(#8a5300, #f2b84b);
  --waiting-tint: light-dark(#fdf0d8, #33260b); --failed: light-dark(#b42318, #ff8f85);
  --failed-tint: light-dark(#fdeae8, #3c1512); }
body { background: var(--card); color: var(--text); font: 13px sans-serif; margin: 8px; }
"""

SCRIPT = """
import { render } from "preact";
import { signal } from "@preact/signals";
import { Graph } from "/page/graph.js";
import { html } from "/page/html.js";
const [counts, nodes, edges, events] = [signal({}), signal({}), signal({}), signal([])];
const picked = [];
const leave = () => render(null, document.getElementById("part"));
Object.assign(window, { counts, nodes, edges, events, picked, leave });
const walked = WALKED && new Set(WALKED);
render(html`<${Graph} graph=${GRAPH} counts=${counts} nodes=${nodes} edges=${edges} events=${events} walked=${walked}
  reasons=${REASONS} onPick=${(name) => picked.push(name)} />`, document.getElementById("part"));
"""

CHANGES = """(counts) => new Promise((resolve) => {
  const kinds = {};
  const watch = new MutationObserver((seen) => seen.forEach(({ type }) => (kinds[type] = (kinds[type] || 0) + 1)));
  const all = { subtree: true, childList: true, characterData: true, attributes: true };
  watch.observe(document.querySelector(".graph"), all);
  window.counts.value = counts;
  setTimeout(() => resolve(kinds));
})"""

Shown = Callable[..., Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture
def shown(chromium: Browser) -> Iterator[Shown]:
    """Return a function that shows the graph in a new page; what goes wrong in any of them fails the test."""
    pages: list[tuple[Page, list[str]]] = []

    def show_graph(
        size: tuple[int, int] = WIDE,
        *,
        walked: list[str] | None = None,
        reasons: dict[str, str] | None = None,
        **context: Any,
    ) -> Page:
        page = chromium.new_page(viewport={"width": size[0], "height": size[1]}, **context)
        script = SCRIPT.replace("GRAPH}", f"{json.dumps(GRAPH)}}}").replace("WALKED", json.dumps(walked))
        pages.append((page, show(page, script.replace("REASONS", json.dumps(reasons or {})), STYLE)))
        page.wait_for_selector(".graph svg")
        return page

    yield show_graph
    for page, wrong in pages:
        page.close()
        assert wrong == []


def place(page: Page, name: str) -> tuple[float, float]:
    """Return the middle of a service's card."""
    box = page.locator(f'.service[aria-label^="{name}"] rect').bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_happy_way_is_a_straight_line_from_the_left_to_the_right_and_on_a_telephone_downwards(
    shown: Shown,
) -> None:
    screen, telephone = shown(WIDE), shown(PHONE)
    wide, tall = [place(screen, name) for name in LINE], [place(telephone, name) for name in LINE]

    assert max(y for _, y in wide) - min(y for _, y in wide) < 1
    assert wide == sorted(wide)
    assert max(x for x, _ in tall) - min(x for x, _ in tall) < 1
    assert [y for _, y in tall] == sorted(y for _, y in tall)


def test_each_edge_and_each_node_is_there_once(shown: Shown) -> None:
    page = shown()

    heard = {(one["source"], one["event"], one["service"]) for one in GRAPH["edges"]}
    events = {(source, event) for source, event, _ in heard}
    assert page.locator(".way .line").count() == len(heard) + len(events)
    assert page.locator(".way .head").count() == len(heard)
    assert page.locator(".pill").count() == len(events)


def test_a_batch_changes_the_texts_of_its_counts_and_nothing_else(shown: Shown) -> None:
    page = shown()

    changed = page.evaluate(CHANGES, {"loan/LoanRequested": 1234, "courier/DeliveryRefused": 123_456})

    assert set(changed) <= {"characterData", "attributes"}
    assert changed["attributes"] == 2  # what is read out
    pill = page.get_by_role("button", name="LoanRequested: 1,234")
    assert pill.locator(".count").text_content() == "1,234"
    assert page.get_by_role("button", name="DeliveryRefused: 123.5K, undone").count() == 1


def test_a_state_is_said_by_a_shape_and_in_words(shown: Shown) -> None:
    page = shown()
    card = page.locator('.service[aria-label^="shelf"]')
    before = card.locator(".shape").get_attribute("d")

    page.evaluate("window.nodes.value = { shelf: { state: 'stopped', text: 'stopped, 30 waiting' } }")

    assert before == ""
    assert card.locator(".shape").get_attribute("d") != ""
    assert card.locator(".state").text_content() == "stopped, 30 waiting"
    assert card.get_attribute("aria-label") == "shelf, stopped, 30 waiting"
    assert "stopped" in (card.get_attribute("class") or "").split()


def test_a_state_that_is_too_long_for_its_card_is_cut_and_shown_in_full_by_the_pointer(shown: Shown) -> None:
    page = shown()
    card = page.locator('.service[aria-label^="shelf"]')

    page.evaluate("window.nodes.value = { shelf: { state: 'waiting', text: 'carrier and bindery down, 3 waiting' } }")

    assert card.locator(".state.long").text_content() == "carrier and bindery down, 3 waiting"
    card.hover()
    assert page.locator(".graph").get_attribute("title") == "shelf, carrier and bindery down, 3 waiting"


def test_an_edge_says_how_soon_it_is_answered_and_a_fault_by_a_shape_a_word_and_a_sentence(shown: Shown) -> None:
    page = shown()
    soon = {"state": "ok", "text": "250 ms", "since": "", "said": "answered within 250 ms"}
    fault = {"state": "fault", "text": "rule off", "since": "5 min", "said": "the rule x is disabled"}

    page.evaluate("told => (window.edges.value = told)", {REQUESTED: soon})
    quiet = page.locator(".label.ok", has_text="250 ms")
    assert quiet.locator(".shape").get_attribute("d") == ""
    assert page.get_by_role("button", name="LoanRequested: 0, shelf: answered within 250 ms").count() == 1

    page.evaluate("told => (window.edges.value = told)", {REQUESTED: fault})

    label = page.locator(".label.fault", has_text="rule off")
    assert label.locator(".shape").get_attribute("d") != ""
    assert label.locator("text").all_text_contents() == ["rule off", "5 min"]
    assert label.locator("title").text_content() == "the rule x is disabled"
    assert page.locator(".way.fault").count() == 1
    assert page.get_by_role("button", name="LoanRequested: 0, shelf: the rule x is disabled").count() == 1


def test_a_node_is_reached_and_picked_by_keyboard(shown: Shown) -> None:
    page = shown()

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator('.service[aria-label^="courier"]').focus()
    page.keyboard.press("Space")
    page.locator('.pill[aria-label^="CopiesSent"]').click()

    first, *others = page.evaluate("window.picked")
    assert first in {one["event"] for one in GRAPH["edges"]}
    assert others == ["courier", "CopiesSent"]


def test_of_many_events_some_move_and_none_where_no_motion_is_wanted(shown: Shown) -> None:
    many = """() => {
      window.events.value = Array.from({ length: 1000 }, () => ({ source: 'loan', type: 'LoanRequested' }));
      return document.querySelectorAll(".dots circle").length;
    }"""
    page, still = shown(), shown(reduced_motion="reduce")

    moving, moving_still = page.evaluate(many), still.evaluate(many)

    assert 20 <= moving <= 40
    assert moving_still == 0
    page.evaluate("document.getAnimations().forEach((one) => one.finish())")
    page.wait_for_function("!document.querySelector('.dots circle')")


def test_events_that_arrive_in_the_moment_when_a_person_leaves_the_graph_move_nothing(shown: Shown) -> None:
    page = shown()

    page.evaluate("() => { leave(); events.value = [{ source: 'loan', type: 'LoanRequested' }]; }")

    assert page.locator(".graph").count() == 0


def test_what_a_workflow_did_not_walk_is_dimmed_and_why_it_did_not_is_said(shown: Shown) -> None:
    walked = ["outside/RequestLoan", "outside/RequestLoan>loan", "loan/LoanRequested"]

    page = shown(walked=walked, reasons={"LoanRequested>shelf": "shelf has not handled it"})

    assert "off" not in (page.locator('.pill[aria-label^="LoanRequested"]').get_attribute("class") or "").split()
    assert "off" in (page.locator('.pill[aria-label^="CopiesSent"]').get_attribute("class") or "").split()
    assert "off" in (page.locator('.service[aria-label^="courier"]').get_attribute("class") or "").split()
    assert page.locator(".way.held title").text_content() == "shelf has not handled it"
    assert page.get_by_role("button", name="shelf has not handled it").count() == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(theme: str, shown: Shown) -> None:
    page = shown(WIDE, color_scheme=theme)
    page.add_script_tag(path=packages_of_page() / "axe-core" / "axe.min.js")
    page.evaluate("window.nodes.value = { shelf: { state: 'waiting', text: 'carrier and bindery down, 3 waiting' } }")
    page.evaluate("window.counts.value = { 'loan/LoanRequested': 1234 }")
    fault = {"state": "fault", "text": "rule off", "since": "5 min", "said": "the rule x is disabled"}
    page.evaluate("told => (window.edges.value = told)", {REQUESTED: fault})

    wide = page.evaluate("axe.run()")
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("document.querySelector('.graph svg').viewBox.baseVal.height > 300")
    tall = page.evaluate("axe.run()")

    for found in (wide, tall):
        assert [one["id"] for one in found["violations"] if one["impact"] in ("serious", "critical")] == []
        assert found["passes"]
