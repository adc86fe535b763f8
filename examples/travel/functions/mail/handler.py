"""The Lambda entry of the mail service."""

import os

import boto3

from functions.kit.consumer import consumer
from functions.mail.domain import SendMail
from functions.mail.post import Post
from functions.mail.service import MAIL

post = Post(boto3.client("sns"), os.environ["TOPIC_MAIL_ARN"])
handler = consumer(MAIL, effects={SendMail: post.send})
