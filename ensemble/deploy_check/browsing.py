"""Opens the console of a stage in the machine's browser, as a person would: the list, and one workflow."""

from __future__ import annotations

import shutil
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ensemble.command_line.console.looked_at import StageLookedAt
from ensemble.command_line.console.serving import pages
from ensemble.console.packages import PackagesMissing, packages_of_page
from ensemble.console.server import console_app
from ensemble.console.watching import Watching
from ensemble.deploy_check.errors import DeployCheckFailed
from ensemble.laptop.server import Server

BROWSERS = ("chromium", "google-chrome", "chromium-browser")
QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync")
"""What a browser is started with: without its own background services."""

TOKEN = "seen"
PATIENCE_MILLISECONDS = 6_000
"""So long a part of the page may take to be there."""


def browsed(looked_at: StageLookedAt, workflow: str) -> str:
    """Return in words what was seen of a stage and of one of its workflows, or why nobody looked.

    Raises DeployCheckFailed where the page does not show them, or meets an error.
    """
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None or find_spec("playwright") is None:
        return "not looked at: no browser"
    try:
        packages = packages_of_page()
    except PackagesMissing as missing:
        return f"not looked at: {missing}"
    watching = Watching(looked_at.source, looked_at.drawn.feed())
    app = console_app(watching, looked_at.fixed, *pages(looked_at), packages, TOKEN)
    try:
        with Server(app).start() as server, import_module("playwright.sync_api").sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=path, args=list(QUIET))
            return _seen(chromium.new_page(), server.url, workflow)
    finally:
        watching.close()


def _seen(page: Any, url: str, workflow: str) -> str:
    wrong: list[str] = []
    page.set_default_timeout(PATIENCE_MILLISECONDS)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    try:
        page.goto(f"{url}/?token={TOKEN}")
        page.goto(f"{url}/workflow/{workflow}")
        page.locator(".waterfall .row").first.wait_for()
        steps = page.locator(".waterfall .row").count()
        page.goto(f"{url}/")
        page.locator(".list .row").first.wait_for()
        page.locator(".graph .service").first.wait_for()
        listed, drawn = page.locator(".list .row").count(), page.locator(".graph .service").count()
    except Exception as failure:  # Playwright's own are there only with it
        raise DeployCheckFailed(f"the console's page does not show {workflow}: {failure}; {wrong}") from failure
    if wrong:
        raise DeployCheckFailed(f"the console's page met errors: {'; '.join(wrong)}")
    return f"{listed} workflows in sight beside {drawn} services, {steps} steps of {workflow}, no error"
