"""The Lambda entry of the analytics service."""

from functions.analytics.service import ANALYTICS
from functions.shared.consumer import consumer

handler = consumer(ANALYTICS)
