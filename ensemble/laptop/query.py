"""Answers requests of the query protocol: a form with an `Action`, answered by XML (Smithy, "AWS Query protocol")."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from ensemble.aws.account import Account
from ensemble.aws.errors import AwsError
from ensemble.laptop.answers import Answer, xml_answer, xml_error
from ensemble.laptop.storage import Topic

MAXIMUM_BYTES, LONGEST_SUBJECT = 262_144, 100
"""Of a message in bytes, of a subject in characters (Amazon SNS API Reference, Publish)."""

Form = Mapping[str, str]
Operation = Callable[[Form], dict[str, str]]


class QueryApi:
    """Answers requests to SNS and STS."""

    def __init__(self, account: Account, topics: Mapping[str, Topic]) -> None:
        self._account, self._topics = account, topics
        self._services: dict[str, dict[str, Operation]] = {
            "sns": {"Publish": self._publish},
            "sts": {"GetCallerIdentity": self._get_caller_identity},
        }

    @property
    def operations(self) -> dict[str, list[str]]:
        """The names of the operations, by service."""
        return {service: list(operations) for service, operations in self._services.items()}

    def answer(self, body: bytes) -> Answer:
        """Answer a request. What is not answered is an error that names the operation, and those that are."""
        form = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
        action = form.get("Action", "")
        known = {name: answer for operations in self._services.values() for name, answer in operations.items()}
        try:
            if action not in known:
                names = ", ".join(known)
                reason = f"{action or 'the request'} is not answered by the laptop AWS; of this protocol are: {names}"
                raise AwsError("InvalidAction", reason)
            members = known[action](form)
        except AwsError as error:
            return xml_error(error)
        content = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in members.items())
        return xml_answer(200, f"<{action}Response><{action}Result>{content}</{action}Result></{action}Response>")

    def _get_caller_identity(self, _form: Form) -> dict[str, str]:
        """Answer that it is the account's root user: identities are not checked here (STS API Reference,
        GetCallerIdentity)."""
        account = self._account
        arn = f"arn:{account.partition}:iam::{account.account_id}:root"
        return {"Arn": arn, "UserId": account.account_id, "Account": account.account_id}

    def _publish(self, form: Form) -> dict[str, str]:
        topic = self._topics.get(form.get("TopicArn", ""))
        if topic is None:
            raise AwsError("NotFound", f"Topic does not exist: {form.get('TopicArn', '')}", 404)
        check_published(form.get("Message", ""), form.get("Subject"))
        published = topic.publish(form.get("Message", ""), form.get("Subject"), dict(query_attributes(form)))
        return {"MessageId": published.message_id}


def check_published(message: str, subject: str | None) -> None:
    """Raise AwsError for what SNS does not publish (Amazon SNS API Reference, Publish)."""
    if not message:
        raise AwsError("InvalidParameter", "Invalid parameter: Empty message")
    if len(message.encode()) > MAXIMUM_BYTES:
        raise AwsError("InvalidParameter", "Invalid parameter: Message too long")
    if subject is not None and not 0 < len(subject) <= LONGEST_SUBJECT:
        raise AwsError("InvalidParameter", "Invalid parameter: Subject")


def query_attributes(form: Form) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the message attributes of a request of the query protocol, by name."""
    number = 1
    while (prefix := f"MessageAttributes.entry.{number}") + ".Name" in form:
        value = {
            "DataType": form.get(f"{prefix}.Value.DataType", ""),
            "StringValue": form.get(f"{prefix}.Value.StringValue", ""),
        }
        yield form[f"{prefix}.Name"], value
        number += 1
