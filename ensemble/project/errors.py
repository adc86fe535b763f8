"""What can be wrong with a project that is to be made or added to."""

from functions.kit.errors import EnsembleError


class ProjectRefused(EnsembleError):
    """Raised when a project cannot be made where, or as, it was asked for."""


class AdditionRefused(EnsembleError):
    """Raised when a service or an event cannot be added: its name is not possible, or something of it is there."""


class GitFailed(EnsembleError):
    """Raised when git is not installed, or refuses; it says what git said."""


class RecordUnreadable(EnsembleError):
    """Raised when `deployed/<stage>.json` is none that `ensemble deployed` wrote; `file`: its path in the project."""

    def __init__(self, file: str, problem: str) -> None:
        super().__init__(f"{file} {problem}")
        self.file, self.problem = file, problem


class ToolNotInstalled(EnsembleError):
    """Raised when the environment of a tool cannot be made; it says what pip said."""
