"""Other tools on the verified cases: `python -m tests.toolkit.contracts.second_opinions` prints the table of the docs.

They are asked what we decide: whether each document of the closed writer is accepted by the reader.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ensemble.contracts.containment import closed, contained

CASES = json.loads((Path(__file__).parent / "schema_compatibility.json").read_text())["cases"]

Opinion = Callable[[Any, Any], str]


def ours(writer: Any, reader: Any) -> str:
    return contained(writer, reader).answer.value


def by_jsonsubschema(writer: Any, reader: Any) -> str:
    module = importlib.import_module("jsonsubschema")
    return _asked(lambda: module.isSubschema(_of_draft_4(writer), _of_draft_4(reader)))


def _of_draft_4(schema: Any) -> Any:
    """Return the schema without empty `required`, which means nothing and which draft 4 does not allow."""
    if isinstance(schema, list):
        return [_of_draft_4(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    return {name: _of_draft_4(inner) for name, inner in schema.items() if (name, inner) != ("required", [])}


def by_jsoncompat(writer: Any, reader: Any) -> str:
    module = importlib.import_module("jsoncompat")
    return _asked(lambda: module.check_compat(json.dumps(writer), json.dumps(reader), "deserializer"))


def _asked(question: Callable[[], bool]) -> str:
    try:
        return "yes" if question() else "no"
    except (Exception, SystemExit) as error:  # whatever another's code raises is its answer
        return f"{type(error).__name__}"


OPINIONS: dict[str, Opinion] = {"ours": ours, "jsoncompat": by_jsoncompat, "jsonsubschema": by_jsonsubschema}


def both_ways(case: dict[str, Any], opinion: Opinion) -> tuple[str, str]:
    """Return the opinion on backward and on forward compatibility."""
    return opinion(closed(case["old"]), case["new"]), opinion(closed(case["new"]), case["old"])


def table() -> str:
    """Return the table in Markdown; what is not as verified is marked."""
    lines = ["| case | verified | " + " | ".join(OPINIONS) + " |", "|---|---|" + "---|" * len(OPINIONS)]
    right = dict.fromkeys(OPINIONS, 0)
    for case in CASES:
        verified = tuple("yes" if case[way] else "no" for way in ("backward", "forward"))
        cells = []
        for name, opinion in OPINIONS.items():
            given = both_ways(case, opinion)
            right[name] += given == verified
            cells.append("/".join(given) if given == verified else f"**{'/'.join(given)}**")
        lines.append(f"| {case['name']} | {'/'.join(verified)} | {' | '.join(cells)} |")
    lines.append(f"| **right** | {len(CASES)} | " + " | ".join(str(count) for count in right.values()) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
