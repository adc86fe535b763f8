"""The audit service's table: everything, for ever."""

from functions.kit.model import Service, on_every_event

AUDIT = Service(name="audit", reactions=(on_every_event(),), batching_seconds=5)
