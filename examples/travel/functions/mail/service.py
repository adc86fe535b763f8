"""The mail's table: hears how trips end, and writes to the travellers."""

from functions.kit.model import Service, on
from functions.mail.domain import SendMail, Told, cancelled, confirmed, memory_of, refused, too_late

MAIL = Service(
    name="mail",
    key="trip_id",
    state=Told,
    topics=("mail",),
    forgets=memory_of,
    reactions=(
        on("TripConfirmed", confirmed, reads=("trip_id", "email"), effects={SendMail: None}),
        on("TripCancelled", cancelled, reads=("trip_id", "email", "reason"), effects={SendMail: None}),
        on("TripRefused", refused, reads=("trip_id", "email", "reason"), effects={SendMail: None}),
        on("CancellationRefused", too_late, reads=("trip_id", "email"), effects={SendMail: None}),
    ),
)
