"""The Lambda entry of the billing service."""

from functions.billing.cards import CardProvider
from functions.billing.domain import Charge, Refund
from functions.billing.service import BILLING
from functions.kit.consumer import consumer

cards = CardProvider()
handler = consumer(BILLING, effects={Charge: cards.charge, Refund: cards.refund})
