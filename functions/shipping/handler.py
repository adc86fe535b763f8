"""The Lambda entry of the shipping service; a real carrier's client takes the sandbox's place here."""

from functions.kit.consumer import consumer
from functions.shipping.carrier import SandboxCarrier
from functions.shipping.domain import Ship
from functions.shipping.service import SHIPPING

carrier = SandboxCarrier()
handler = consumer(SHIPPING, effects={Ship: carrier.ship})
