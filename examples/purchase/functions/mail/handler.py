"""The Lambda entry of the mail service."""

import os

from functions.kit import clients
from functions.kit.consumer import consumer
from functions.kit.settings import read
from functions.mail.domain import SendMail
from functions.mail.post import Post
from functions.mail.service import MAIL

post = Post(clients.sns(), read(os.environ, "TOPIC_MAIL_ARN"))
handler = consumer(MAIL, effects={SendMail: post.send})
