"""Every fault of the choreography."""

from functions.kit.errors import EnsembleError


class ChoreographyRefused(EnsembleError):
    """Raised when the services, schemas and stacks cannot go out as they are; `reasons` says why, one by one."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons
