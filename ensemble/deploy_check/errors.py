"""What ends a deploy-check."""

from __future__ import annotations


class DeployCheckFailed(Exception):
    """Raised when a step of it does not go as it must; the message is what the person reads."""
