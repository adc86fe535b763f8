"""Wrong declarations and publications of the lending library, each as a person would type it, and what refuses it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.conftest import LENDING

Edits = dict[str, str]
"""The new text of each file, by its path in the project."""

LOAN, SHELF, COURIER, MAIL = (f"functions/{name}/" for name in ("loan", "shelf", "courier", "mail"))


@dataclass(frozen=True, slots=True)
class Wrong:
    """A mistake. `edits`: what is typed; `file`: where the one finding is; `says`: what stands in it; `harmed`: who."""

    name: str
    edits: Edits
    file: str
    says: str
    harmed: str = ""


def read(file: str) -> str:
    return (LENDING / file).read_text()


def edit(file: str, *changes: tuple[str, str]) -> Edits:
    """Return a file with each of these texts replaced once."""
    text = read(file)
    for old, new in changes:
        assert old in text, (file, old)
        text = text.replace(old, new, 1)
    return {file: text}


def version(publisher: str, event: str, old: str, new: str, change: Callable[[dict[str, Any]], object]) -> Edits:
    """Return a new version of an event: another one, changed."""
    schema = json.loads(read(f"schemas/{publisher}/{event}/{old}.json"))
    change(schema)
    return {f"schemas/{publisher}/{event}/{new}.json": json.dumps(schema)}


def require(name: str) -> Callable[[dict[str, Any]], object]:
    def change(schema: dict[str, Any]) -> None:
        schema["properties"][name] = {"type": "string", "description": "More."}
        schema["required"].append(name)

    return change


def rule(name: str, **rules: object) -> Callable[[dict[str, Any]], object]:
    return lambda schema: schema["properties"][name].update(rules)


def mark(*path: str, is_set: bool, name: str = "x-sensitive") -> Callable[[dict[str, Any]], object]:
    def change(schema: dict[str, Any]) -> None:
        for part in path:
            schema = schema["properties"][part]
        schema.pop(name, None)
        schema.update({name: True} if is_set else {})

    return change


GRANTED = "publish.LoanGranted("
DUE = "def upcast(fields: dict[str, object]) -> dict[str, object]:\n    return {**fields, 'due': 'soon'}\n"
LOST = {"description": "A loan is lost.", "type": "object", "required": ["loan_id"]}
LOST["properties"] = {"loan_id": {"type": "string", "description": "The loan.", "minLength": 1}}  # type: ignore[assignment]
COUNT = {"description": "Count them.", "type": "object", "required": ["receipt_id"]}
COUNT["properties"] = {"receipt_id": {"type": "string", "description": "Which.", "minLength": 1}}  # type: ignore[assignment]
REFUSED = "publish.DeliveryRefused(loan_id=loan_id, reason=reason)"

PUBLISHED = (
    Wrong(
        "an event is misspelt",
        edit(LOAN + "domain.py", ("publish.LoanGranted(", "publish.LoanGrantd(")),
        LOAN + "domain.py:",
        "loan publishes LoanGrantd, which has no schema, and never LoanGranted, which it declares",
        "figures, mail",
    ),
    Wrong(
        "an event is misspelt in the table too",
        edit(LOAN + "domain.py", ("publish.LoanGranted(", "publish.LoanGrantd("))
        | edit(
            LOAN + "service.py",
            ('emits=("LoanGranted",)', 'emits=("LoanGrantd",)'),
            ('done=("LoanGranted",)', 'done=("LoanGrantd",)'),
        ),
        LOAN + "service.py",
        "loan declares that it publishes LoanGrantd, which has no schema, and never LoanGranted, which has one",
        "figures, mail",
    ),
    Wrong(
        "an event is misspelt in one of its places",
        edit(
            COURIER + "domain.py",
            ("publish.DeliveryRefused(", "publish.DeliveryRefusd("),
            (
                "def _refuse(",
                "def _again() -> Any:\n    return publish.DeliveryRefused(loan_id='', reason='')\n\n\ndef _refuse(",
            ),
        ),
        COURIER + "domain.py:",
        "courier publishes DeliveryRefusd, which has no schema. Harmed: shelf",
    ),
    Wrong(
        "an event has no schema",
        edit(
            LOAN + "domain.py",
            ("        publish.LoanGranted(", "        publish.BookPraised(),\n        publish.LoanGranted("),
        ),
        LOAN + "domain.py:",
        "loan publishes BookPraised, which has no schema",
        "dead-letter queue",
    ),
    Wrong(
        "an event is another service's",
        edit(COURIER + "domain.py", ("publish.CopiesSent(", "publish.CopiesReleased(")),
        COURIER + "domain.py:",
        "courier publishes CopiesReleased, which belongs to shelf",
        "loan",
    ),
    Wrong(
        "a required field is left out",
        edit(LOAN + "domain.py", ('            parcel=event["parcel"],\n', "")),
        LOAN + "domain.py:",
        "loan publishes LoanGranted without parcel, which schemas/loan/LoanGranted/1.0.json requires",
        "figures, mail",
    ),
    Wrong(
        "a field is undeclared",
        edit(SHELF + "domain.py", ('reason="not on the shelf"', 'reason="not on the shelf", shelf=3')),
        SHELF + "domain.py:",
        "shelf publishes CopiesRefused with shelf, which schemas/shelf/CopiesRefused/1.0.json does not have",
        "loan",
    ),
    Wrong(
        "a field is misspelt",
        edit(COURIER + "domain.py", ("parcel=outcome.parcel)", "parcell=outcome.parcel)")),
        COURIER + "domain.py:",
        "courier publishes CopiesSent without parcel and with parcell",
        "loan (reads parcel)",
    ),
    Wrong(
        "a new major version is not filled",
        version("loan", "LoanGranted", "1.0", "2.0", require("due")) | {"schemas/loan/LoanGranted/upcast_to_2.py": DUE},
        LOAN + "domain.py:",
        "loan publishes LoanGranted without due, which schemas/loan/LoanGranted/2.0.json requires",
        "figures, mail",
    ),
    Wrong(
        "fields stand in a dictionary",
        edit(LOAN + "domain.py", ('parcel=event["parcel"]', '**{name: event["parcel"] for name in ["parcel"]}')),
        LOAN + "domain.py:",
        "loan publishes LoanGranted with fields that stand in a dictionary",
        "figures, mail",
    ),
    Wrong(
        "an event is given as a text",
        edit(COURIER + "domain.py", (REFUSED, 'publish("DeliveryRefused", loan_id=loan_id, reason=reason)')),
        COURIER + "domain.py:",
        'courier calls publish("DeliveryRefused", ...): mypy does not hold it to the schema',
        "shelf",
    ),
    Wrong(
        "an event's name is computed",
        edit(COURIER + "domain.py", ("publish.DeliveryRefused(", 'getattr(publish, "Delivery" + "Refused")(')),
        COURIER + "domain.py:",
        "courier publishes an event whose name is not written down",
        "shelf",
    ),
    Wrong(
        "a publication is made by hand",
        edit(
            COURIER + "domain.py",
            ("import Decision, unchanged", "import Decision, Publication, unchanged"),
            (REFUSED, 'Publication("DeliveryRefused", {"loan_id": loan_id})'),
        ),
        COURIER + "domain.py:",
        "courier makes a Publication by itself",
        "shelf",
    ),
    Wrong(
        "the kit's publish is imported for mypy too",
        edit(
            SHELF + "domain.py",
            ("import Decision, unchanged", "import Decision, publish, unchanged"),
            (", publish\nelse:\n    from functions.kit.model import publish\n", "\n"),
        ),
        SHELF + "domain.py:",
        "shelf imports the kit's `publish` for mypy too, which knows no event",
        "loan",
    ),
    Wrong(
        "publish is imported for mypy alone",
        edit(SHELF + "domain.py", ("else:\n    from functions.kit.model import publish\n", "")),
        SHELF + "domain.py:",
        "shelf imports `publish` for mypy alone, so that it would not be there as it runs",
        "loan",
    ),
)

DECLARED = (
    Wrong(
        "emits is forgotten",
        edit(COURIER + "service.py", ('            emits=("CopiesSent",),\n', "")),
        COURIER + "domain.py:",
        "courier publishes CopiesSent, which no reaction of it declares",
        "loan",
    ),
    Wrong(
        "refusals are forgotten",
        edit(SHELF + "service.py", ('            refusals=("CopiesRefused",),\n', "")),
        SHELF + "domain.py:",
        "shelf publishes CopiesRefused, which no reaction of it declares",
        "loan",
    ),
    Wrong(
        "emits of what is terminal is forgotten",
        edit(COURIER + "service.py", ('            emits=("LoanCancellationRefused",),\n', "")),
        COURIER + "service.py:",
        "courier declares LoanCancellationRefused terminal, and no reaction of it declares that it publishes it",
    ),
    Wrong(
        "a reaction declares what it never publishes",
        edit(LOAN + "service.py", ('emits=("LoanGranted",)', 'emits=("LoanGranted", "LoanRefused")')),
        LOAN + "service.py",
        "the reaction to CopiesSent declares LoanRefused and never publishes it",
        "figures, mail",
    ),
    Wrong(
        "what is declared is not published any more",
        edit(
            SHELF + "domain.py",
            ('        publish.CopiesReleased(loan_id=event["loan_id"], reason=event["reason"]),\n', ""),
        ),
        SHELF + "service.py",
        "the reaction to DeliveryRefused declares CopiesReleased and never publishes it",
        "loan",
    ),
    Wrong(
        "a schema's event is never emitted",
        {"schemas/loan/LoanLost/1.0.json": json.dumps(LOST)},
        "schemas/loan/LoanLost/",
        "loan owns LoanLost, and no reaction of it declares that it publishes it",
        "nobody yet",
    ),
    Wrong(
        "done and no at once",
        edit(COURIER + "service.py", ('emits=("CopiesSent",)', 'emits=("CopiesSent", "DeliveryRefused")')),
        COURIER + "service.py:",
        "the reaction to CopiesReserved declares DeliveryRefused in `emits` and in `refusals`",
    ),
    Wrong(
        "a failure is an ordinary event",
        edit(
            COURIER + "service.py",
            (
                'emits=("CopiesSent",),\n            refusals=("DeliveryRefused",)',
                'emits=("CopiesSent", "DeliveryRefused")',
            ),
            (
                'emits=("LoanCancellationRefused",),\n            refusals=("DeliveryRefused",)',
                'emits=("LoanCancellationRefused", "DeliveryRefused")',
            ),
        ),
        COURIER + "service.py",
        "DeliveryRefused is in the `emits` of courier on CopiesReserved and LoanCancellationRequested, and because "
        "of it shelf undoes CopiesReserved: it is a refusal",
        "whatever else was done before",
    ),
    Wrong(
        "a first step's failure is an ordinary event",
        edit(
            SHELF + "service.py",
            (
                'emits=("CopiesReserved",),\n            refusals=("CopiesRefused",)',
                'emits=("CopiesReserved", "CopiesRefused")',
            ),
        ),
        SHELF + "service.py",
        "CopiesRefused is in the `emits` of shelf on LoanRequested, and because of it loan undoes LoanRequested",
        "whatever else was done before",
    ),
    Wrong(
        "a pivot has a failure after it",
        edit(SHELF + "service.py", ('refusals=("CopiesRefused",)', 'refusals=("CopiesRefused",), pivot=True')),
        SHELF + "service.py",
        "the reaction to LoanRequested is declared pivot=True, and courier may refuse after it: CopiesReserved -> "
        "DeliveryRefused",
        "whatever was done up to CopiesReserved",
    ),
    Wrong(
        "a compensation undoes a misspelt event",
        edit(SHELF + "service.py", ('compensates="CopiesReserved"', 'compensates="CopiesReservd"')),
        SHELF + "service.py:",
        "shelf compensates CopiesReservd, which no reaction of it declares: nothing would be undone",
    ),
    Wrong(
        "an event is compensated by nobody",
        edit(SHELF + "service.py", ('            compensates="CopiesReserved",\n', "")),
        SHELF + "service.py",
        "CopiesReserved -> DeliveryRefused -> CopiesReleased -> LoanRefused leaves CopiesReserved of shelf undone",
    ),
    Wrong(
        "a comma is forgotten",
        edit(COURIER + "service.py", ('emits=("CopiesSent",)', 'emits=("CopiesSent")')),
        COURIER + "service.py:",
        'the reaction to CopiesReserved needs a comma: emits=("CopiesSent",)',
    ),
    Wrong(
        "an event that is heard is misspelt",
        edit(SHELF + "service.py", ('"LoanRequested"', '"LoanRequestd"')),
        SHELF + "service.py",
        "LoanRequestd has no schema, so that shelf waits in vain",
    ),
    Wrong(
        "a field that is read is misspelt",
        edit(COURIER + "service.py", ('"place.town"', '"place.city"')),
        COURIER + "service.py",
        "courier reads CopiesReserved by schemas/shelf/CopiesReserved/1.0.json: 'place.city' is not a field",
    ),
    Wrong(
        "two reactions hear one event",
        edit(LOAN + "service.py", ('on("CopiesReleased"', 'on("CopiesRefused"')),
        LOAN + "service.py:",
        "loan has two reactions on CopiesRefused",
    ),
    Wrong(
        "a command is heard by nobody",
        {"schemas/bindery/CountCopies/1.0.json": json.dumps(COUNT)},
        "schemas/bindery/",
        "the command CountCopies is heard by nobody",
        "exactly one service",
    ),
    Wrong(
        "events go in a circle",
        edit(LOAN + "service.py", ('emits=("LoanGranted",)', 'emits=("LoanGranted", "LoanRequested")'))
        | edit(
            LOAN + "domain.py",
            (
                "        publish.LoanGranted(",
                "        publish.LoanRequested(\n"
                '            loan_id="", books=[], deposit=_money({}), place={"town": "", "street": ""}\n'
                "        ),\n"
                "        publish.LoanGranted(",
            ),
        ),
        LOAN + "service.py",
        "events go in a circle",
        "in the dead-letter queue of whoever it is on",
    ),
    Wrong(
        "a timer's row is found by the envelope",
        edit(LOAN + "service.py", ('key="loan_id"', 'key="event_id"')),
        LOAN + "service.py:",
        "loan has a timer and finds its rows by 'event_id' of the envelope",
        "would not find its row",
    ),
    Wrong(
        "a timer has no reaction",
        edit(
            LOAN + "service.py",
            ("        on_timer(expire", "        # on_timer(expire"),
            ("import Service, Workflow, on, on_timer", "import Service, Workflow, on"),
        ),
        LOAN + "service.py:",
        "loan needs both: a reaction on_timer(...), and `timer` to say when",
    ),
    Wrong(
        "a row is found by what is no field",
        edit(SHELF + "service.py", ('key="loan_id"', 'key="lone_id"')),
        SHELF + "service.py",
        "shelf finds its row by 'lone_id', which schemas/loan/LoanRequested/1.0.json does not require",
    ),
    Wrong(
        "a row is found by what is never a name",
        version("bindery", "AddCopies", "1.0", "1.0", rule("receipt_id", pattern="^[a-z]+/[a-z]+$")),
        "functions/shelf/service.py",
        "shelf finds its row by 'receipt_id', and what schemas/bindery/AddCopies/1.0.json has there",
        "is no name of a row: 1 to 128 letters, digits and ._:-. Harmed: shelf, which would refuse the events",
    ),
    Wrong(
        "a row is found by a list of which one is no name",
        version("bindery", "AddCopies", "1.0", "1.0", rule("receipt_id", enum=["north", "south east"])),
        "functions/shelf/service.py",
        "shelf finds its row by 'receipt_id', and what schemas/bindery/AddCopies/1.0.json has there",
        "is no name of a row: 1 to 128 letters, digits and ._:-. Harmed: shelf, which would refuse the events",
    ),
    Wrong(
        "a row is found by what is sensitive",
        version("loan", "LoanGranted", "1.0", "1.1", mark("loan_id", is_set=True)),
        "functions/figures/service.py",
        "figures finds its row by 'loan_id', which schemas/loan/LoanGranted/1.1.json marks as x-sensitive",
        "whom it is about",
    ),
    Wrong(
        "a field loses its mark",
        version("loan", "LoanGranted", "1.0", "1.1", mark("email", is_set=False)),
        "schemas/loan/LoanGranted/1.1.json",
        "email has lost the mark x-sensitive, which it has in 1.0",
        "loan, figures, mail",
    ),
    Wrong(
        "a field of an object loses its mark",
        version("loan", "LoanRequested", "2.0", "2.1", mark("place", "street", is_set=False)),
        "schemas/loan/LoanRequested/2.1.json",
        "place.street has lost the mark x-sensitive, which it has in 2.0",
        "shelf",
    ),
    Wrong(
        "whom an event is about loses its mark",
        version("desk", "RequestLoan", "1.1", "1.2", mark("reader", "name", name="x-subject", is_set=False)),
        "schemas/desk/RequestLoan/1.2.json",
        "reader.name has lost the mark x-subject, which it has in 1.1",
        "whom it is about",
    ),
    Wrong(
        "an object says whom an event is about",
        version("loan", "LoanGranted", "1.0", "1.1", mark("deposit", name="x-subject", is_set=True)),
        "schemas/loan/LoanGranted/1.1.json",
        "$.properties.deposit: the keyword 'x-subject' does not fit the type object",
        "figures, mail",
    ),
    Wrong(
        "a state keeps what is sensitive without a mark",
        edit(
            LOAN + "domain.py",
            ("Event, Sensitive, unchanged", "Event, unchanged"),
            ("Sensitive[dict[str, Any]]", "dict[str, Any]"),
        ),
        LOAN + "domain.py",
        "reader of Loan is not marked, and loan reads the sensitive reader.email of RequestLoan",
        "whom it is about",
    ),
    Wrong(
        "an adapter is missing",
        edit(COURIER + "handler.py", (", effects={Send: carrier.send}", "")),
        COURIER + "handler.py",
        "it has no adapter for the effect Send, which the reaction to CopiesReserved asks for",
        "courier, whose function would not load",
    ),
    Wrong(
        "a handler is none",
        edit(SHELF + "handler.py", ("handler = ", "handle = ")),
        SHELF + "handler.py",
        "it has no `handler`, which Lambda calls",
        "shelf, whose function would not load",
    ),
    Wrong(
        "an adapter is another's",
        edit(MAIL + "handler.py", ("effects={Letter: post.send}", "effects={}")),
        MAIL + "handler.py",
        "it has no adapter for the effect Letter, which the reaction to LoanGranted, LoanRefused asks for",
        "mail, whose function would not load",
    ),
    Wrong(
        "an effect is not declared",
        edit(COURIER + "service.py", ("            effects={Send: Outcome},\n", "")),
        COURIER + "handler.py",
        "it has an adapter for Send, which no reaction of courier declares in `effects`",
        "dead-letter queue",
    ),
    Wrong(
        "a lifecycle is broken",
        {"schemas/loan/LoanGranted/lifecycle.json": '{"1.0": '},
        "schemas/loan/LoanGranted/lifecycle.json",
        "it is not JSON",
        "figures, mail",
    ),
    Wrong(
        "a merge of what is deployed was not ended",
        {"deployed/dev.json": '<<<<<<< HEAD\n{"schemas/loan/LoanGranted/1.0.json": "1"}\n=======\n{}\n>>>>>>> b\n'},
        "deployed/dev.json",
        "it is not JSON",
        "what is deployed there",
    ),
    Wrong(
        "what is deployed was written by hand",
        {"deployed/dev.json": '{"functions/loan/service.py": {"table": "rows", "keys": {}, "states": ["Loan"]}}'},
        "deployed/dev.json",
        "it is not what `ensemble deployed` wrote: see functions/loan/service.py",
        "what is deployed there",
    ),
    Wrong(
        "a lifecycle has no day",
        {"schemas/loan/LoanGranted/lifecycle.json": '{"1.0": {"deprecated": "soon"}}'},
        "schemas/loan/LoanGranted/lifecycle.json",
        "1.0 cannot end by {'deprecated': 'soon'}",
        "figures, mail",
    ),
    Wrong(
        "a domain has an error of syntax",
        edit(COURIER + "domain.py", ("def send(", "def def send(")),
        COURIER + "domain.py:",
        "SyntaxError: invalid syntax",
    ),
    Wrong(
        "a keyword is none of the profile",
        version(
            "courier", "CopiesSent", "1.0", "1.1", lambda schema: schema["properties"]["parcel"].update({"not": {}})
        ),
        "schemas/courier/CopiesSent/1.1.json",
        "$.properties.parcel: the keyword 'not' is not in the profile: compatibility of negations is not "
        "always decidable",
        "loan",
    ),
    Wrong(
        "a reaction is annotated with another event",
        edit(LOAN + "domain.py", ("event: CopiesSent", "event: CopiesReleased")),
        LOAN + "domain.py",
        "grant reacts to CopiesSent, but its event is annotated CopiesReleased",
    ),
)

UNANSWERED = (
    Wrong(
        "a command is not answered",
        {"schemas/bindery/CountCopies/1.0.json": json.dumps(COUNT)}
        | edit(
            SHELF + "domain.py",
            (
                "def _counters(",
                "def count(holding: Holding | None, event: Any) -> Decision:\n    return unchanged(holding)\n\n\n"
                "def _counters(",
            ),
            ("from typing import TYPE_CHECKING", "from typing import TYPE_CHECKING, Any"),
        )
        | edit(
            SHELF + "service.py",
            ("import Holding, add,", "import Holding, add, count,"),
            (
                "    ),\n    terminal=",
                '        on("CountCopies", count, reads=(), key="receipt_id"),\n    ),\n    terminal=',
            ),
        ),
        SHELF + "service.py",
        "CountCopies is a command, and the reaction of shelf to it publishes nothing",
        "bindery",
    ),
)

WRONG = PUBLISHED + DECLARED + UNANSWERED
