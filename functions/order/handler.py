"""The Lambda entry of the order service."""

from functions.kit.consumer import consumer
from functions.order.service import ORDER

handler = consumer(ORDER)
