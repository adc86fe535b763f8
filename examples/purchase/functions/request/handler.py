"""The Lambda entry of the request service."""

from functions.kit.consumer import consumer
from functions.request.service import REQUEST

handler = consumer(REQUEST)
