"""The Lambda entry of the shipping service."""

from functions.kit.consumer import consumer
from functions.kit.settings import settings_of
from functions.shipping.carrier import Carrier
from functions.shipping.domain import Ship
from functions.shipping.service import SHIPPING

settings = settings_of(SHIPPING)
carrier = Carrier(settings.carrier_url, settings.carrier_key.value, settings.carrier_timeout_seconds)
handler = consumer(SHIPPING, effects={Ship: carrier.ship})
