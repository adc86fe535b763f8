"""The mark of a project: which toolkit it has, and where it came from."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from ensemble.upgrade.errors import UpgradeRefused

FILE = ".ensemble.json"
COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True)
class Mark:
    """The toolkit's version and commit, and the repository that newer ones are fetched from."""

    version: str
    commit: str
    source: str

    @classmethod
    def read(cls, root: Path) -> Mark:
        """Read the mark of the project at `root`. Raises UpgradeRefused."""
        try:
            mark = cls(**json.loads((root / FILE).read_text(encoding="utf-8")))
            whole = all(isinstance(value, str) for value in asdict(mark).values()) and COMMIT.fullmatch(mark.commit)
        except FileNotFoundError:
            raise UpgradeRefused(
                f"{root / FILE} is not there, so nobody knows which toolkit this project has: "
                'write {"version": "...", "commit": "...", "source": "..."} into it, with the commit it was made from'
            ) from None
        except (ValueError, TypeError):
            whole = None
        if not whole:
            raise UpgradeRefused(
                f'{root / FILE} must hold the texts "version", "commit" (40 digits) and "source", no more and no less'
            )
        return mark

    def write(self, root: Path) -> None:
        """Write the mark into the project at `root`."""
        (root / FILE).write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")
