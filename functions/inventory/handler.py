"""The Lambda entry of the inventory service."""

from functions.inventory.service import INVENTORY
from functions.kit.consumer import consumer

handler = consumer(INVENTORY)
