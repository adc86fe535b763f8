"""What can be wrong with a scenario."""

from functions.kit.errors import EnsembleError


class ScenarioMisdeclared(EnsembleError):
    """Raised when a scenario does not load, or says two things that cannot both be meant."""
