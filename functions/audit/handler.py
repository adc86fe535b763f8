"""The Lambda entry of the audit service."""

from functions.audit.service import AUDIT
from functions.shared.consumer import consumer

handler = consumer(AUDIT)
