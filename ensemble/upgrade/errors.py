"""Why a newer toolkit is not taken over. Nothing was changed then."""


class UpgradeRefused(Exception):
    """Raised when the newer toolkit cannot be taken over; its text is one sentence that says what to do."""


class GitFailed(Exception):
    """Raised when git ends with another status than 0; its text is the first complaint of git."""
