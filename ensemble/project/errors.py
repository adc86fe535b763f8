"""What can be wrong with a project that is to be made or added to."""

from functions.kit.errors import EnsembleError


class ProjectRefused(EnsembleError):
    """Raised when a project cannot be made where, or as, it was asked for."""


class AdditionRefused(EnsembleError):
    """Raised when a service or an event cannot be added: its name is not possible, or something of it is there."""


class GitFailed(EnsembleError):
    """Raised when git is not installed, or refuses; it says what git said."""
