"""The Lambda entry of the order service."""

from functions.order.service import ORDER
from functions.shared.consumer import consumer

handler = consumer(ORDER)
