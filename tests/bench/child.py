"""Runs in a process of its own, as a Lambda sandbox does: imports one handler, then handles what it is sent.

The first line on stdout reports what the import cost, so nothing that a handler needs is imported here before it.
After that, each line on stdin is a JSON list of invocations, and each line on stdout reports what they cost.
"""

import sys
import time


def main(handler_module: str, project: str) -> None:
    started = time.process_time()
    module = __import__(handler_module, fromlist=["handler"])
    seconds = time.process_time() - started
    modules = sorted(sys.modules)

    sys.path.append(project)  # what the bench needs for itself comes from here, and only now
    from tests.bench.sandbox import Sandbox

    Sandbox(module.handler).serve({"seconds": seconds, "modules": modules})


if __name__ == "__main__":
    main(*sys.argv[1:])
