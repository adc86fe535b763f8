"""The Lambda entry of the notification service."""

import os

from functions.notification.domain import Message
from functions.notification.mailer import Mailer
from functions.notification.service import NOTIFICATION
from functions.shared import clients
from functions.shared.consumer import consumer
from functions.shared.settings import read

mailer = Mailer(clients.sns(), read(os.environ, "TOPIC_CUSTOMER_ARN"))
handler = consumer(NOTIFICATION, effects={Message: mailer.send})
