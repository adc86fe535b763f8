"""Breakpoints: in the files of the editor, and at the terminal whose person set them."""

from __future__ import annotations

import bdb
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from ensemble.laptop import Laptop, VirtualClock
from ensemble.laptop.breakpoints import breakpoint_hook
from tests.conftest import ROOT
from tests.toolkit.laptop.assemblies import function, template, write_assembly
from tests.toolkit.terminal import CTRL_C, CTRL_D, PROMPT, at_terminal

HANDLER = """
def handler(event, context):
    answer = {"left": context.get_remaining_time_in_millis()}
    return answer
"""
STOPS = """
def handler(event, context):
    print("to the log")
    try:
        breakpoint()
        print("later to the log")
    except Exception:
        print("a fault")
    return {"left": context.get_remaining_time_in_millis()}
"""
SCRIPT = """
import sys
from pathlib import Path
from ensemble.laptop import Laptop, RealClock
with Laptop(Path("assembly"), RealClock(), project=Path.cwd()) as laptop:
    try:
        print("answer", laptop.invoke("one", {}))
    finally:
        print("log", laptop.function("one").output)
"""
TEST = """
from pathlib import Path
from ensemble.laptop import Laptop, RealClock
def test_one():
    with Laptop(Path("assembly"), RealClock(), project=Path.cwd()) as laptop:
        assert laptop.invoke("one", {})
        assert laptop.function("one").output == ["to the log", "later to the log"]
"""


def project(folder: Path, source: str) -> Path:
    """Make a project with one function, and its assembly."""
    write_assembly(folder, {"lending": template(One=function("one"))}, bundles(source))
    (folder / "functions").mkdir()
    (folder / "functions" / "handler.py").write_text(source)
    (folder / "script.py").write_text(SCRIPT)
    (folder / "test_one.py").write_text(TEST)
    return folder


def bundles(source: str) -> dict[str, dict[str, str]]:
    return {"one": {"functions/handler.py": source}}


def laptop_of(folder: Path) -> Laptop:
    return Laptop(folder / "assembly", VirtualClock(), project=folder)


class Debugger(bdb.Bdb):
    """Stands for an IDE's: notes where it stopped, and goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.stops: list[tuple[str, int]] = []

    def user_line(self, frame: FrameType) -> None:
        if self.break_here(frame):
            self.stops.append((frame.f_code.co_filename, frame.f_lineno))
        self.set_continue()


@contextmanager
def breakpoint_at(file: Path, line: int) -> Iterator[Debugger]:
    """Trace this thread with a debugger that has a breakpoint there."""
    debugger, before = Debugger(), sys.gettrace()
    assert debugger.set_break(str(file), line) is None
    debugger.reset()
    debugger.set_continue()
    sys.settrace(debugger.trace_dispatch)
    try:
        yield debugger
    finally:
        sys.settrace(before)
        debugger.clear_all_breaks()


def test_a_breakpoint_in_the_projects_file_stops_the_function(tmp_path: Path) -> None:
    file = project(tmp_path, HANDLER) / "functions" / "handler.py"
    with laptop_of(tmp_path) as laptop, breakpoint_at(file, 3) as debugger:
        laptop.invoke("one", {})
        laptop.invoke("one", {})

    assert debugger.stops == [(str(file), 3), (str(file), 3)]


def test_the_code_keeps_its_own_name_where_the_projects_file_is_another(tmp_path: Path) -> None:
    file = project(tmp_path, HANDLER) / "functions" / "handler.py"
    file.write_text("# a line above\n" + HANDLER)
    with laptop_of(tmp_path) as laptop:
        laptop.load("one")
        named = laptop.function("one").module.handler.__code__.co_filename

    assert named.endswith("functions/handler.py")
    assert Path(named).is_relative_to(tmp_path / "asset.one")


def test_no_time_passes_for_a_handler_that_a_debugger_holds_up(tmp_path: Path) -> None:
    project(tmp_path, HANDLER)
    clock = VirtualClock()

    def dawdle(frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_name == "handler":
            clock.wait_until(clock.now() + 1000, laptop.engine.lock)
        return dawdle

    with Laptop(tmp_path / "assembly", clock, project=tmp_path) as laptop:
        before = sys.gettrace()
        sys.settrace(dawdle)
        try:
            answer = laptop.invoke("one", {})
        finally:
            sys.settrace(before)

    assert answer == {"left": 10_000}


def test_breakpoint_asks_at_the_terminal_and_the_function_goes_on_with_its_log(tmp_path: Path) -> None:
    file = project(tmp_path, STOPS) / "functions" / "handler.py"
    with at_terminal(["script.py"], tmp_path, PYTHONPATH=str(ROOT)) as terminal:
        assert f"> {file}(6)handler()" in terminal.wait_for(PROMPT)
        terminal.type("p sorted(event), 6 * 7\n")
        assert "([], 42)" in terminal.wait_for(PROMPT)
        terminal.type("c\n")

        shown, status = terminal.rest()

    assert "answer {'left': " in shown
    assert shown.endswith("log ['to the log', 'later to the log']\n")
    assert status == 0


@pytest.mark.parametrize("typed", ["quit\n", CTRL_D, "unfinished" + CTRL_C])
def test_quit_the_end_of_the_input_and_ctrl_c_end_the_process_and_are_no_fault(tmp_path: Path, typed: str) -> None:
    project(tmp_path, STOPS)
    with at_terminal(["script.py"], tmp_path, PYTHONPATH=str(ROOT)) as terminal:
        terminal.wait_for(PROMPT)
        terminal.type(typed.removesuffix(CTRL_C))
        # Python's readline misses a signal that comes just before it waits: a person presses again, and so does this.
        again = threading.Timer(5, terminal.type, [CTRL_C])
        if typed.endswith(CTRL_C):
            terminal.wait_for("unfinished")
            terminal.type(CTRL_C)
            again.start()

        shown, status = terminal.rest()
        again.cancel()

    assert "log ['to the log']\n" in shown
    assert shown.endswith("KeyboardInterrupt\n")
    assert status == -2


def test_ctrl_c_after_the_prompt_is_the_processs_again(tmp_path: Path) -> None:
    project(tmp_path, STOPS)
    loops = STOPS.replace('print("later to the log")', "while True: pass")
    for place in (tmp_path / "functions" / "handler.py", *tmp_path.glob("asset.*/functions/handler.py")):
        place.write_text(loops)
    with at_terminal(["script.py"], tmp_path, PYTHONPATH=str(ROOT)) as terminal:
        terminal.wait_for(PROMPT)
        terminal.type("c\n")
        terminal.wait_for("\n")
        terminal.type(CTRL_C)

        shown, status = terminal.rest()

    assert "Program interrupted" not in shown
    assert status == -2


@pytest.mark.parametrize("options", [(), ("-s",)])
def test_breakpoint_asks_at_the_terminal_in_pytest_too(tmp_path: Path, options: tuple[str, ...]) -> None:
    file = project(tmp_path, STOPS) / "functions" / "handler.py"
    pytest_of = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", ".", *options]
    with at_terminal([*pytest_of, "test_one.py"], tmp_path, PYTHONPATH=str(ROOT)) as terminal:
        assert f"> {file}(6)handler()" in terminal.wait_for(PROMPT)
        terminal.type("c\n")
        passed, status = terminal.rest()

    assert "1 passed" in passed
    assert status == 0

    with at_terminal([*pytest_of, "test_one.py"], tmp_path, PYTHONPATH=str(ROOT)) as terminal:
        terminal.wait_for(PROMPT)
        terminal.type("quit\n")
        ended, status = terminal.rest()

    assert "KeyboardInterrupt" in ended
    assert status == 2


def test_pdb_around_the_process_asks_at_the_terminal_inside_a_function(tmp_path: Path) -> None:
    file = project(tmp_path, HANDLER) / "functions" / "handler.py"
    with at_terminal(["-m", "pdb", "script.py"], tmp_path, PYTHONPATH=str(ROOT)) as terminal:
        terminal.wait_for(PROMPT)
        terminal.type(f"b {file}:4\n")
        terminal.wait_for(PROMPT)
        terminal.type("c\n")

        assert f"> {file}(4)handler()" in terminal.wait_for(PROMPT)


def test_the_hook_of_an_ide_is_left_alone() -> None:
    def hook() -> None: ...

    assert breakpoint_hook(hook, (sys.stdout, sys.stderr)) is hook
