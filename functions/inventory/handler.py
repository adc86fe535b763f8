"""The Lambda entry of the inventory service."""

from functions.inventory.service import INVENTORY
from functions.shared.consumer import consumer

handler = consumer(INVENTORY)
