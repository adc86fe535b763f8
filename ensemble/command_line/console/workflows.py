"""What a page is told of one workflow, and of two compared."""

from __future__ import annotations

from collections.abc import Mapping

from ensemble.command_line.console.looked_at import StageLookedAt, answered
from ensemble.command_line.trace.document import document
from ensemble.command_line.trace.logs import document as logs_document
from ensemble.command_line.trace.logs import lines_of, times_of, workflows_of
from ensemble.command_line.trace.reading import Reading
from ensemble.command_line.trace.xray import segments_of
from ensemble.console.comparison import comparison
from ensemble.console.progress import Json, shown_as
from ensemble.console.server import Question, Refused
from ensemble.trace.standing import standing_of


def questions(looked_at: StageLookedAt) -> dict[str, Question]:
    """Return the questions about workflows, by path."""

    def workflow(parts: Mapping[str, str]) -> Json:
        asked = parts["asked"]
        with answered():
            told = told_of(looked_at.source.reading(), asked, looked_at.place.stage)
        if told is None:
            raise Refused(f"nothing is known of {asked}", 404)
        return told

    def logged(parts: Mapping[str, str]) -> Json:
        asked, account = parts["asked"], looked_at.account
        with answered():
            reading = looked_at.source.reading()
            known = reading.known(asked)
            start, end = times_of(known, reading.now, None)
            lines = lines_of(looked_at.declared, account.client("logs"), asked, known, start, end)
            workflows = [asked] if known is None else workflows_of(known)
            segments = segments_of(account.client("xray"), workflows, start, end)
        return logs_document(asked, looked_at.place.stage, lines, start, end) | {"segments": segments}

    return {
        "workflow/{asked:path}": workflow,
        "logged/{asked:path}": logged,
        "compare": lambda parts: compared(workflow, parts),
    }


def told_of(reading: Reading, asked: str, stage: str) -> Json | None:
    """Return the document of a workflow; None when nothing is known of it."""
    known = reading.known(asked)
    if known is None:
        return None
    standing = standing_of(known)
    shown = shown_as(standing.state, is_undone=standing.is_undone)
    keys = [row.key.partition("#")[2] for row in known.rows if not row.is_shared]
    key = asked if asked in keys or not keys else keys[0]
    return document(asked, stage, known, standing) | {"shown": str(shown), "key": key}


def compared(workflow: Question, parts: Mapping[str, str]) -> Json:
    """Return two workflows and what differs, given what tells one: `a` and `b` name them."""
    a, b = (workflow({**parts, "asked": parts.get(name, "")}) for name in "ab")
    return {"a": a, "b": b} | comparison(a, b)
