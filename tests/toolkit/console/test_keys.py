"""The keys of a page in a browser."""

from __future__ import annotations

from tests.toolkit.console.browser import browser, show

SCRIPT = """
import { render } from "preact";
import { listen, useKeys } from "/page/keys.js";
import { html } from "/page/html.js";
const pressed = [];
const Part = () => (useKeys({ x: () => pressed.push("x") }), html`<p>shown</p>`);
const leave = () => render(null, document.getElementById("part"));
const press = () => dispatchEvent(new KeyboardEvent("keydown", { key: "x" }));
Object.assign(window, { leave, press, pressed });
listen();
render(html`<${Part} />`, document.getElementById("part"));
"""


def test_a_page_answers_its_keys_while_it_is_shown_and_not_in_the_moment_after() -> None:
    with browser() as chromium:
        page = chromium.new_page()
        wrong = show(page, SCRIPT, "")
        page.get_by_text("shown").wait_for()

        shown = page.evaluate("() => { press(); return pressed.length; }")
        left = page.evaluate("() => { leave(); press(); return pressed.length; }")

    assert (shown, left, wrong) == (1, 1, [])
