"""The Lambda entry of the supplier service."""

from functions.kit.consumer import consumer
from functions.supplier.domain import PlaceOrder
from functions.supplier.service import SUPPLIER
from functions.supplier.suppliers import MISSING, Suppliers

suppliers = Suppliers(MISSING)
handler = consumer(SUPPLIER, effects={PlaceOrder: suppliers.place})
