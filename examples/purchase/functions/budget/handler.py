"""The Lambda entry of the budget service."""

from functions.budget.service import BUDGET
from functions.kit.consumer import consumer

handler = consumer(BUDGET)
