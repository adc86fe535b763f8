"""A process that has the CDK loaded, and runs the `app.py` of one project after the other, each in a fork of itself.

To load the CDK and to warm it up takes Python and Node.js longer than to synthesize a stage. It starts when the first
asks for it. What is to be seen of `app.py` as a process of its own is tested where it is one.
"""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from multiprocessing.connection import Client, Listener
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

ADDRESS = "WARM_SYNTHESIS"
"""The variable that says where the process listens, to this process and to those that it starts."""

NOWHERE = "http://127.0.0.1:9"
OWN = ("ensemble", "functions", "infrastructure", "schemas")

_started: list[subprocess.Popen[bytes]] = []


def run_app(root: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the project's `app.py` with these variables of the environment, and no others."""
    start()
    with Client(os.environ[ADDRESS]) as connection:
        connection.send((str(root), dict(environment)))
        return subprocess.CompletedProcess("app.py", *connection.recv())


def ensemble_command(*arguments: str) -> tuple[str, ...]:
    """Return what runs a command of `ensemble` in the folder of a project, which synthesizes by the process."""
    start()
    return (sys.executable, str(Path(__file__).with_name("warm_ensemble.py")), *arguments)


def synthesize_so(synthesis: ModuleType) -> None:
    """Let `ensemble.command_line.synthesis`, as a project has it, not start a Python for its `app.py`."""

    def run(command: list[str], *, cwd: Path, env: Mapping[str, str], **how: Any) -> subprocess.CompletedProcess[str]:
        if "CDK_CONTEXT_JSON" in env:  # asks for cdk-nag, which would look at all that Node.js makes from then on
            return subprocess.run(command, cwd=cwd, env=env, check=False, **how)
        return run_app(cwd, env)

    synthesis.subprocess = SimpleNamespace(run=run)  # type: ignore[attr-defined]


def start() -> None:
    """Start the process, unless this one or the one that started this has."""
    if ADDRESS in os.environ:
        return
    address = str(Path(tempfile.mkdtemp(), "synthesis"))
    kept = {name: os.environ[name] for name in ("HOME", "NODE_COMPILE_CACHE") if name in os.environ}
    environment = {**kept, "PATH": "", "HTTPS_PROXY": NOWHERE}
    command, folder = [sys.executable, __file__, address], Path(address).parent
    process = subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    _started.append(process)
    os.environ[ADDRESS] = address


def stop() -> None:
    """Stop the process, if this one started it."""
    while _started:
        address = os.environ.pop(ADDRESS)
        with _started.pop() as process, Client(address) as connection:
            connection.send(None)
            process.wait()
        Path(address).parent.rmdir()


def _serve(address: str) -> None:
    threading.Thread(target=_end_with_who_started_it, daemon=True).start()
    _warm_up()
    with Listener(address) as listener:
        print("ready", flush=True)
        while True:
            with listener.accept() as connection:
                if (asked := connection.recv()) is None:
                    return
                connection.send(_ended(*asked))


def _end_with_who_started_it() -> None:
    sys.stdin.read()
    os._exit(0)


def _warm_up() -> None:
    """Load the CDK as this repository uses it, let it do its work once, and forget all that is a project's own."""
    sys.path[0] = str(Path(__file__).parents[1])
    from infrastructure.stage import new_app  # before the CDK: it lets jsii find Node.js

    import aws_cdk as cdk  # isort: skip

    with tempfile.TemporaryDirectory() as folder:
        os.environ["CDK_OUTDIR"] = folder
        app = new_app()
        cdk.CfnOutput(cdk.Stack(app, "one"), "One", value="1")
        app.synth()
    sys.excepthook = sys.__excepthook__
    for name in [name for name in sys.modules if name.partition(".")[0] in OWN]:
        del sys.modules[name]


def _ended(root: str, environment: dict[str, str]) -> tuple[int, str, str]:
    """Return the status of a run, and what it printed to its standard output and to its standard error."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        child = os.fork()
        if child == 0:
            os.dup2(output.fileno(), 1)
            os.dup2(errors.fileno(), 2)
            os._exit(_run(root, environment))
        _, status = os.waitpid(child, 0)
        for file in (output, errors):
            file.seek(0)
        return os.waitstatus_to_exitcode(status), output.read().decode(), errors.read().decode()


def _run(root: str, environment: dict[str, str]) -> int:
    """Do in this process what `python app.py` does, and return its status."""
    os.chdir(root)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv, sys.path[0] = ["app.py"], root
    _tell_node()
    status = 0
    try:
        runpy.run_path(str(Path(root, "app.py")), run_name="__main__")
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
    except BaseException as fault:
        sys.excepthook(type(fault), fault, fault.__traceback__)
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return status


def _tell_node() -> None:
    """Give the app the context of this process's environment, and its output by the whole path: Node.js has the
    environment and the folder with which it started."""
    import aws_cdk as cdk

    context, make = json.loads(os.environ.get("CDK_CONTEXT_JSON", "{}")), cdk.App.__init__

    def told(app: cdk.App, *, outdir: str, **arguments: Any) -> None:
        make(app, outdir=str(Path(outdir).absolute()), **arguments, post_cli_context=context)

    cdk.App.__init__ = told  # type: ignore[assignment, method-assign]


if __name__ == "__main__":
    _serve(sys.argv[1])
