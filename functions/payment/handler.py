"""The Lambda entry of the payment service; a real provider's client takes the sandbox's place here."""

from functions.kit import clock
from functions.kit.consumer import consumer
from functions.payment.domain import Charge, Refund
from functions.payment.gateway import Gateway
from functions.payment.sandbox import SandboxProvider
from functions.payment.service import PAYMENT


def _now() -> float:
    return clock.now()  # looked up at each call: whoever runs us on another clock replaces it


gateway = Gateway(SandboxProvider(_now), _now)
handler = consumer(PAYMENT, effects={Charge: gateway.charge, Refund: gateway.refund})
