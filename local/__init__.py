"""The laptop AWS: runs the stacks of a synthesized cloud assembly in one process."""

from local.clock import RealClock, VirtualClock
from local.errors import AwsError, Killed, LocalError
from local.laptop import Laptop

__all__ = ["AwsError", "Killed", "Laptop", "LocalError", "RealClock", "VirtualClock"]
