"""The questions, an area for each service."""

from ensemble.conformance.areas.events import EVENTS
from ensemble.conformance.areas.fifo import FIFO_QUEUES
from ensemble.conformance.areas.functions import FUNCTIONS
from ensemble.conformance.areas.items import ITEMS
from ensemble.conformance.areas.messages import MESSAGES
from ensemble.conformance.areas.others import OTHERS
from ensemble.conformance.areas.patterns import PATTERNS
from ensemble.conformance.areas.queues import QUEUES
from ensemble.conformance.areas.rules import RULES

AREAS = (QUEUES, MESSAGES, FIFO_QUEUES, EVENTS, RULES, PATTERNS, ITEMS, FUNCTIONS, OTHERS)
