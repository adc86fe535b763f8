"""The Lambda entry of the purchasing saga."""

from functions.kit.consumer import consumer
from functions.purchasing.service import PURCHASING

handler = consumer(PURCHASING)
