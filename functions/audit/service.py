"""The audit service's table: everything, for ever."""

from functions.audit.domain import Stored, by_workflow, store
from functions.kit.model import Service, on_every_event

AUDIT = Service(
    name="audit",
    key="event_id",
    state=Stored,
    reactions=(on_every_event(store),),
    index=by_workflow,
)
