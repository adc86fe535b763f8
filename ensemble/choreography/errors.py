"""Every fault of the choreography."""

from ensemble.contracts.findings import Finding, text_of
from functions.kit.errors import EnsembleError


class ChoreographyRefused(EnsembleError):
    """Raised when the services, schemas and stacks cannot go out as they are; `findings` say why, one by one."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(text_of(findings))
        self.findings = findings
