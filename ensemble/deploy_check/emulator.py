"""The emulator: ministack, in a virtual environment and a process group of its own, on loopback alone."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from ensemble.deploy_check.errors import DeployCheckFailed
from ensemble.deploy_check.processes import process_group
from ensemble.project.apart import environment_of
from ensemble.project.errors import ToolNotInstalled
from ensemble.project.locking import EMULATOR

HEALTH = "/_ministack/health"
SECONDS_TO_START = 60.0


def installed(root: Path) -> Path:
    """Return the emulator's environment below `root`, made now unless it is there. Raises DeployCheckFailed."""
    try:
        return environment_of(root, EMULATOR, "emulator")
    except ToolNotInstalled as error:
        raise DeployCheckFailed(str(error)) from error


@contextmanager
def running(environment: Path, folder: Path) -> Iterator[str]:
    """Run the emulator until the block ends, and yield its URL. What it writes is below `folder`, its log too.

    However the block ends, no process of it is left. Raises DeployCheckFailed when it does not start.
    """
    port = _free_port()
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "emulator.log"
    command = [str(environment / "bin" / "ministack")]
    with process_group(command, folder=folder, variables=_variables(folder, port), output=log) as process:
        url = f"http://127.0.0.1:{port}"
        _wait(process, url, log)
        yield url


def variables_of(account: str, region: str, url: str) -> dict[str, str]:
    """Return what lets the CDK speak to the emulator and to nothing else: its access key is the account."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def _variables(folder: Path, port: int) -> Mapping[str, str]:
    """Return the emulator's whole environment: its functions inherit it, so nothing of the person's is in it."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "LAMBDA_EXECUTOR": "local",
    }


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while process.poll() is None and time.monotonic() < until:
        try:
            with urlopen(f"{url}{HEALTH}", timeout=1):
                return
        except (URLError, OSError):
            time.sleep(0.05)
    raise DeployCheckFailed(f"the emulator does not start: {log.read_text(encoding='utf-8', errors='replace')[-500:]}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
