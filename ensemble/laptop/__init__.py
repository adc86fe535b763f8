"""The laptop AWS: runs the stacks of a synthesized cloud assembly in one process."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ensemble.aws.errors import AwsError, Killed, LocalError
    from ensemble.laptop.clock import RealClock, VirtualClock
    from ensemble.laptop.laptop import Laptop

__all__ = ["AwsError", "Killed", "Laptop", "LocalError", "RealClock", "VirtualClock"]

_ERRORS, _CLOCKS = "ensemble.aws.errors", "ensemble.laptop.clock"
_PLACES = {"Laptop": "ensemble.laptop.laptop", "RealClock": _CLOCKS, "VirtualClock": _CLOCKS}


def __getattr__(name: str) -> Any:
    """Import a name when it is asked for: whoever wants the patterns alone need not load the engine."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES.get(name, _ERRORS)), name)
