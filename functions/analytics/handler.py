"""The Lambda entry of the analytics service."""

from functions.analytics.service import ANALYTICS
from functions.kit.consumer import consumer

handler = consumer(ANALYTICS)
