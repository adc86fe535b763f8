"""The Lambda entry of the fulfilment service."""

from functions.fulfilment.service import FULFILMENT
from functions.kit.consumer import consumer

handler = consumer(FULFILMENT)
