"""What a page is told of one workflow."""

from __future__ import annotations

from collections.abc import Mapping

from ensemble.choreography.pictures import undoing
from ensemble.command_line.console.looked_at import StageLookedAt, answered
from ensemble.command_line.trace.document import document
from ensemble.console.progress import Json, shown_as
from ensemble.console.server import Question, Refused
from ensemble.trace.standing import standing_of


def questions(looked_at: StageLookedAt) -> dict[str, Question]:
    """Return the questions about workflows, by path."""
    off_path = undoing(looked_at.graph)

    def workflow(parts: Mapping[str, str]) -> Json:
        asked = parts["asked"]
        with answered():
            known = looked_at.source.reading().known(asked)
        if known is None:
            raise Refused(f"nothing is known of {asked}", 404)
        standing = standing_of(known)
        shown = shown_as(standing.state, is_undone=standing.is_undone)
        told = document(asked, looked_at.place.stage, known, standing)
        events = [event | {"undo": event["type"] in off_path} for event in told["events"]]
        return told | {"shown": str(shown), "events": events}

    return {"workflow/{asked:path}": workflow}
