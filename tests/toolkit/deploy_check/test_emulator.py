"""However a deploy-check ends, no process of the emulator is left, its functions' neither."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from ensemble.deploy_check.emulator import running, variables_of
from ensemble.deploy_check.errors import DeployCheckFailed

WITH_A_FUNCTION = """#!{python}
import os, subprocess, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

child = subprocess.Popen([sys.executable, "-c", {function!r}])
open("processes", "w").write(f"{{os.getpid()}} {{child.pid}}")

class Health(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *arguments):
        pass

print(sorted(os.environ), flush=True)
HTTPServer((os.environ["BIND_HOST"], int(os.environ["GATEWAY_PORT"])), Health).serve_forever()
"""

STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.pause()"


def emulator(folder: Path, program: str) -> Path:
    """Return an environment with a program in the place of the emulator."""
    (folder / "bin").mkdir()
    (folder / "bin" / "ministack").write_text(program)
    (folder / "bin" / "ministack").chmod(0o755)
    return folder


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """An emulator that answers, and has a function which does not end by itself."""
    folder = tmp_path / "environment"
    folder.mkdir()
    return emulator(folder, WITH_A_FUNCTION.format(python=sys.executable, function=STUBBORN))


def processes(folder: Path) -> list[int]:
    return [int(number) for number in (folder / "processes").read_text().split()]


def runs(process: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has asked about does not."""
    try:
        status = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return status != "Z"


linux = pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="looks at processes in /proc")


@linux
def test_it_runs_in_the_block_and_nothing_of_it_afterwards(environment: Path, tmp_path: Path) -> None:
    with running(environment, tmp_path / "run") as url:
        assert url.startswith("http://127.0.0.1:")
        during = [runs(process) for process in processes(tmp_path / "run")]

    assert during == [True, True]
    assert [runs(process) for process in processes(tmp_path / "run")] == [False, False]


@linux
@pytest.mark.parametrize("failure", [DeployCheckFailed, KeyboardInterrupt])
def test_nothing_of_it_is_left_after_a_failure_or_a_ctrl_c(
    environment: Path, tmp_path: Path, failure: type[BaseException]
) -> None:
    with pytest.raises(failure), running(environment, tmp_path / "run"):
        raise failure

    assert [runs(process) for process in processes(tmp_path / "run")] == [False, False]


def test_it_gets_nothing_of_the_person_s_environment(
    environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")

    with running(environment, tmp_path / "run"):
        pass

    printed = (tmp_path / "run" / "emulator.log").read_text()
    assert "AWS_PROFILE" not in printed
    assert "GATEWAY_PORT" in printed


def test_one_that_does_not_start_says_why(tmp_path: Path) -> None:
    broken = emulator(tmp_path, f"#!{sys.executable}\nraise SystemExit('no such module')\n")

    with (
        pytest.raises(DeployCheckFailed, match="the emulator does not start: no such module"),
        running(broken, tmp_path),
    ):
        pass


def test_the_cdk_speaks_to_it_and_to_no_account_of_the_person() -> None:
    variables = variables_of("111111111111", "eu-west-1", "http://127.0.0.1:1")

    assert variables["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert variables["AWS_ACCESS_KEY_ID"] == "111111111111"
    assert variables["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
