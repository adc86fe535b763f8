"""A real browser for the tests of the page: Chromium or Chrome of the machine, without its own background services."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, Route, sync_playwright

from ensemble.console.packages import MODULES, PAGE, packages_of_page
from ensemble.deploy_check.browsing import BROWSERS, QUIET

ADDRESS = "http://console.test"

HTML = """<!doctype html><html lang="en"><meta charset="utf-8"><title>A part of the page</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<script type="importmap">{imports}</script>
<link rel="stylesheet" href="/page/graph.css"><link rel="stylesheet" href="/style.css">
<body><main><h1>A part of the page</h1><div id="part"></div></main><script type="module">{script}</script>"""


@contextmanager
def browser() -> Iterator[Browser]:
    """Start the machine's browser. Where there is none the test is skipped, and fails in CI, which installs one."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        absent = f"none of {', '.join(BROWSERS)} is on the PATH: install Debian's chromium"
        pytest.fail(absent) if os.environ.get("CI") else pytest.skip(absent)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield started
        started.close()


def show(page: Page, script: str, style: str) -> list[str]:
    """Open an empty page with the page's modules, run a script in it; return what goes wrong, now and later."""
    imports = {"imports": {name: f"/packages/{file}" for name, file in MODULES.items()}}
    html = HTML.replace("{imports}", json.dumps(imports)).replace("{script}", script)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    page.route(f"{ADDRESS}/**", _answer({"/": html, "/style.css": style}))
    page.goto(f"{ADDRESS}/")
    return wrong


def _answer(texts: dict[str, str]) -> Callable[[Route, Request], None]:
    folders = {"/page/": PAGE, "/packages/": packages_of_page()}

    def answer(route: Route, request: Request) -> None:
        path = urlsplit(request.url).path
        folder = next((folder for prefix, folder in folders.items() if path.startswith(prefix)), None)
        if path in texts:
            route.fulfill(body=texts[path], content_type="text/css" if path.endswith(".css") else "text/html")
        elif folder is not None:
            route.fulfill(path=Path(folder, *path.split("/")[2:]), content_type=_type(path))
        else:
            route.fulfill(status=204)

    return answer


def _type(path: str) -> str:
    return "text/css" if path.endswith(".css") else "text/javascript"
