"""The Lambda entry of the trip service."""

from functions.kit.consumer import consumer
from functions.trip.service import TRIP

handler = consumer(TRIP)
