"""What can be wrong with a scenario."""

from functions.kit.errors import EnsembleError


class ScenarioMisdeclared(EnsembleError):
    """Raised when a scenario does not load, or says two things that cannot both be meant."""


class SandboxFailed(EnsembleError):
    """Raised when a sandbox of the scenario does not start, or failed while it ran."""
