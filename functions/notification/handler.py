"""The Lambda entry of the notification service."""

import os

from functions.kit import clients
from functions.kit.consumer import consumer
from functions.kit.settings import read
from functions.notification.domain import Message
from functions.notification.mailer import Mailer
from functions.notification.service import NOTIFICATION

mailer = Mailer(clients.sns(), read(os.environ, "TOPIC_CUSTOMER_ARN"))
handler = consumer(NOTIFICATION, effects={Message: mailer.send})
