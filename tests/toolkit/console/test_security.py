"""Who may ask the console's server: whoever has the printed address, and no page of anybody else."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ensemble.console.choreography import Choreography
from ensemble.console.feed import Feed
from ensemble.console.packages import packages_of_page
from ensemble.console.security import policy
from ensemble.console.server import Refused, console_app
from ensemble.console.watching import Watching
from ensemble.laptop.server import Server
from tests.toolkit.console.asking import TOKEN, Visitor

DONE: list[Mapping[str, Any]] = []


class Nothing:
    """A stage on which nothing happens."""

    def now(self) -> float:
        return 0.0

    def opening(self) -> list[Any]:
        return []

    new_events = opening

    def facts(self) -> dict[str, Any]:
        return {}

    def rules(self) -> dict[str, Any]:
        return {}


def known(parts: Mapping[str, str]) -> dict[str, str]:
    if parts["name"] == "unknown":
        raise Refused("nothing is known of it", 404)
    return dict(parts)


@contextmanager
def console(*, may_operate: bool) -> Iterator[Visitor]:
    watching = Watching(Nothing(), Feed(Choreography((), (), ())))  # type: ignore[arg-type]
    fixed = {"stage": "<dev>", "can": {"operate": may_operate, "laptop": False}}
    questions, changes = {"known/{name}": known}, {"do": lambda asked: DONE.append(asked)}
    app = console_app(watching, fixed, questions, changes, packages_of_page(), TOKEN)
    with Server(app).start() as server:
        yield Visitor(server.url)
    watching.close()


@pytest.fixture(scope="module")
def served() -> Iterator[Visitor]:
    with console(may_operate=True) as visitor:
        yield visitor


@pytest.fixture
def stranger(served: Visitor) -> Visitor:
    """Somebody who does not have the printed address."""
    return Visitor(f"http://{served.host}")


@pytest.fixture
def guest(stranger: Visitor) -> Visitor:
    """Somebody who has it."""
    assert stranger.enter() == 303
    DONE.clear()
    return stranger


def test_the_printed_address_leads_to_the_page_and_takes_the_token_out_of_it(stranger: Visitor) -> None:
    status, headers, _ = stranger.ask("GET", f"/?token={TOKEN}")

    assert (status, headers["location"]) == (303, "/")
    assert headers["set-cookie"].endswith("HttpOnly; Path=/; SameSite=strict")


def test_without_the_token_nothing_is_answered(stranger: Visitor) -> None:
    paths = ("/", "/api/snapshot", "/api/stream", "/api/known/it", "/page/main.js", "/?token=another", "/?token=%C3%A9")

    assert [stranger.ask("GET", path)[0] for path in paths] == [401] * len(paths)
    assert stranger.ask("POST", "/api/do", b"{}", {"Content-Type": "application/json"})[0] == 401


def test_with_it_the_page_is_answered_and_its_policy_lets_nothing_else_in(guest: Visitor) -> None:
    status, headers, text = guest.ask("GET", "/workflow/anything")

    assert status == 200
    assert "&lt;dev&gt;" in text
    rules = dict(rule.strip().split(" ", 1) for rule in headers["content-security-policy"].split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"].split()[:2] == ["'self'", "'wasm-unsafe-eval'"]
    assert "unsafe-inline" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_the_policy_names_the_one_script_that_stands_in_the_page() -> None:
    assert "'sha256-LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564='" in policy("foo")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:4568", "127.0.0.1.evil.example", "192.168.0.7", ""])
def test_a_name_that_leads_here_and_is_not_ours_is_refused(guest: Visitor, host: str) -> None:
    assert guest.ask("GET", "/api/known/it", headers={"Host": host})[0] == 403


@pytest.mark.parametrize("host", ["localhost", "[::1]"])
def test_every_name_of_this_machine_is_ours(guest: Visitor, host: str) -> None:
    port = guest.host.rpartition(":")[2]

    assert guest.ask("GET", "/api/known/it", headers={"Host": f"{host}:{port}"})[0] == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_of_another_origin_reads_nothing(guest: Visitor, site: str) -> None:
    assert guest.ask("GET", "/api/known/it", headers={"Sec-Fetch-Site": site})[0] == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "application/json"}, 200),
        ({"Content-Type": "application/json; charset=utf-8"}, 200),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({}, 415),
        ({"Content-Type": "application/json", "Origin": "http://evil.example"}, 403),
        ({"Content-Type": "application/json", "Origin": "null"}, 403),
        ({"Content-Type": "application/json", "Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_a_change_is_taken_of_the_consoles_own_page_alone(guest: Visitor, headers: dict[str, str], status: int) -> None:
    answer, _, _ = guest.ask("POST", "/api/do", b'{"what": "it"}', headers)

    assert answer == status
    assert ([{"what": "it"}] if status == 200 else []) == DONE


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"text"'])
def test_a_change_that_is_no_object_is_refused(guest: Visitor, body: bytes) -> None:
    status, _, _ = guest.ask("POST", "/api/do", body, {"Content-Type": "application/json"})

    assert (status, DONE) == (400, [])


def test_nothing_is_changed_by_reading(guest: Visitor) -> None:
    assert guest.ask("GET", "/api/do")[1]["content-type"].startswith("text/html")
    assert guest.ask("PUT", "/api/do", b"{}", {"Content-Type": "application/json"})[0] == 405
    assert DONE == []


def test_a_stage_that_is_only_looked_at_is_not_changed() -> None:
    DONE.clear()
    with console(may_operate=False) as visitor:
        visitor.enter()

        status, told = visitor.post("do", what="it")

        assert visitor.get("known/it") == {"name": "it"}
        assert (status, DONE) == (403, [])
        assert "--operate" in told["error"]


def test_what_is_refused_is_told_with_the_reason(guest: Visitor) -> None:
    status, _, text = guest.ask("GET", "/api/known/unknown")

    assert (status, text) == (404, '{"error":"nothing is known of it"}')


@pytest.mark.parametrize(
    "path", ["/page/../server.py", "/page/%2e%2e/server.py", "/page/package.json", "/modules/../../x"]
)
def test_no_file_is_given_out_that_is_not_the_pages(guest: Visitor, path: str) -> None:
    status, headers, text = guest.ask("GET", path)

    assert status == 404 or headers["content-type"].startswith("text/html")
    assert "import " not in text.partition("<script")[0]


def test_two_consoles_on_one_machine_do_not_share_their_cookies(guest: Visitor) -> None:
    assert guest.cookie.partition("=")[0].endswith(guest.host.rpartition(":")[2])


def test_threads_of_a_console_end_with_it() -> None:
    before = threading.active_count()
    with console(may_operate=False) as visitor:
        visitor.enter()

    assert threading.active_count() <= before


def test_the_page_has_all_the_files_that_it_names() -> None:
    page = Path(console_app.__code__.co_filename).parent / "page"
    named = {part for part in (page / "index.html").read_text().split('"') if part.startswith("/page/")}

    assert {name for name in named if not (page / name.removeprefix("/page/")).is_file()} == set()
