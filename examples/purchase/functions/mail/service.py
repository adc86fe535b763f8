"""The mail's table: asks managers."""

from functions.kit.model import Service, on
from functions.mail.domain import Question, SendMail, ask

MAIL = Service(
    name="mail",
    key="purchase_id",
    state=Question,
    topics=("mail",),
    reactions=(
        on(
            "AskManager",
            ask,
            reads=("purchase_id", "department", "item", "cents"),
            emits=("ManagerAsked",),
            effects={SendMail: None},
            irreversible="a mail cannot be taken back",
            begins=True,
        ),
    ),
)
