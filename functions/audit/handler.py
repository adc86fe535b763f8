"""The Lambda entry of the audit service."""

from functions.audit.service import AUDIT
from functions.kit.consumer import consumer

handler = consumer(AUDIT)
