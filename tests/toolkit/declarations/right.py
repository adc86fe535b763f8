"""Right declarations, odd ones too, which nothing may refuse: a service of them, and edits of the lending library."""

from __future__ import annotations

import json
from typing import Any

from tests.toolkit.declarations.cases import COURIER, DUE, LOAN, SHELF, Edits, edit, mark, require, version

DOMAIN = '''
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

from functions.kit.model import Decision, Event, unchanged

if TYPE_CHECKING:
    from functions.annex.events import publish
    from functions.annex.events import publish as tell
else:
    from functions.kit.model import publish
    from functions.kit.model import publish as tell

React = Callable[[Any, Event], Decision]


@dataclass(frozen=True, slots=True)
class State:
    status: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    key: str = ""


def by_a_function(state: State | None, event: Event) -> Decision:
    return Decision(state, publish.ByAFunction(annex_id=""))


def by_another_function(state: State | None, event: Event) -> Decision:
    return _decided(state)


def _decided(state: State | None) -> Decision:
    return Decision(state, publish.ByAnotherFunction(annex_id=""))


def by_an_outcome(state: State | None, event: Event) -> Decision:
    return Decision(State(), effect=Ask(), then=_after)


def _after(state: State, event: Event, outcome: None) -> Decision:
    return Decision(state, publish.ByAnOutcome(annex_id=""))


def by_a_shortage(state: State | None, event: Event) -> Decision:
    return Decision(state, takes={"a": 1}, otherwise=Decision(state, publish.ByAShortage(annex_id="")))


def by_a_partial(text: str, state: State | None, event: Event) -> Decision:
    return Decision(state, publish.ByAPartial(annex_id=text))


class Clerk:
    def react(self, state: State | None, event: Event) -> Decision:
        return Decision(state, publish.ByAMethod(annex_id=""))


def _maker(told: Any) -> React:
    def react(state: State | None, event: Event) -> Decision:
        return Decision(state, told(annex_id=""))

    return react


by_a_made_function = _maker(publish.ByAMadeFunction)


def _once(react: React) -> React:
    @wraps(react)
    def once(state: State | None, event: Event) -> Decision:
        return react(state, event)

    return once


@_once
def by_a_decorated_function(state: State | None, event: Event) -> Decision:
    return Decision(state, publish.ByADecoratedFunction(annex_id=""))


def _told() -> Any:
    return publish.ByATable(annex_id="")


TABLE = {"told": _told}


def by_a_table(state: State | None, event: Event) -> Decision:
    return Decision(state, TABLE["told"]())


def by_a_choice(state: State | None, event: Event) -> Decision:
    told = publish.ByAChoice if state is None else publish.ByTheOther
    return Decision(state, told(annex_id=""))


def by_several(state: State | None, event: Event) -> Decision:
    return Decision(state, *[publish.BySeveral(annex_id=one) for one in "ab"])


def by_another_word(state: State | None, event: Event) -> Decision:
    return Decision(state, publish.ByAnotherWord(annex_id="", **{"from": "a"}))


def by_nothing(state: State | None, event: Event) -> Decision:
    """Publishes what has a note or None; not publish.Nothing(), nor publish("Nothing")."""
    return Decision(state, publish.ByNothing(annex_id="publish.Nothing()", note=None))


try:

    def by_a_try(state: State | None, event: Event) -> Decision:
        return Decision(state, publish.ByATry(annex_id=""))

except NameError:
    raise


def by_another_name(state: State | None, event: Event) -> Decision:
    return Decision(state, tell.ByAnotherName(annex_id=""))


def by_handing_on(state: State | None, event: Event) -> Decision:
    return Decision(state, _handed(publish))


def _handed(publisher: Any) -> Any:
    return publisher.ByHandingOn(annex_id="")


def by_a_shared_function(state: State | None, event: Event) -> Decision:
    return _shared(state, event)


def by_the_same_function(state: State | None, event: Event) -> Decision:
    return _shared(state, event)


def _shared(state: State | None, event: Event) -> Decision:
    if event.type == "AskBySame":
        return Decision(state, publish.ByTheSameFunction(annex_id=""))
    return Decision(state, publish.ByASharedFunction(annex_id=""))


def by_nobody(state: State | None, event: Event) -> Decision:
    return unchanged(state)


def due(state: State) -> str | None:
    return None


def remind(state: State | None, event: Event) -> Decision:
    return Decision(state, publish.ByATimer(annex_id=""))
'''

ELSEWHERE = """
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from functions.kit.model import Decision, Event

if TYPE_CHECKING:
    from functions.annex.events import publish
else:
    from functions.kit.model import publish


def react(state: Any, event: Event) -> Decision:
    return Decision(state, publish.ByAnotherModule(annex_id=""))
"""

TABLE = """
from functools import partial

from functions.annex import domain
from functions.annex.elsewhere import react as elsewhere
from functions.kit.model import Service, on, on_timer

ANNEX = Service(
    name="annex",
    key="annex_id",
    state=domain.State,
    reactions=(
        on("AskFunction", domain.by_a_function, reads=(), emits=("ByAFunction",)),
        on("AskAnotherFunction", domain.by_another_function, reads=(), emits=("ByAnotherFunction",)),
        on("AskOutcome", domain.by_an_outcome, reads=(), emits=("ByAnOutcome",), effects={domain.Ask: None}),
        on("AskShortage", domain.by_a_shortage, reads=(), refusals=("ByAShortage",)),
        on("AskPartial", partial(domain.by_a_partial, "a"), reads=(), emits=("ByAPartial",)),
        on("AskMethod", domain.Clerk().react, reads=(), emits=("ByAMethod",)),
        on("AskMadeFunction", domain.by_a_made_function, reads=(), emits=("ByAMadeFunction",)),
        on("AskDecorated", domain.by_a_decorated_function, reads=(), emits=("ByADecoratedFunction",)),
        on("AskTable", domain.by_a_table, reads=(), emits=("ByATable",)),
        on("AskChoice", domain.by_a_choice, reads=(), emits=("ByAChoice", "ByTheOther")),
        on("AskSeveral", domain.by_several, reads=(), emits=("BySeveral",)),
        on("AskAnotherWord", domain.by_another_word, reads=(), emits=("ByAnotherWord",)),
        on("AskNothing", domain.by_nothing, reads=(), emits=("ByNothing",)),
        on("AskTry", domain.by_a_try, reads=(), emits=("ByATry",)),
        on("AskAnotherName", domain.by_another_name, reads=(), emits=("ByAnotherName",)),
        on("AskHandingOn", domain.by_handing_on, reads=(), emits=("ByHandingOn",)),
        on("AskShared", domain.by_a_shared_function, reads=(), emits=("ByASharedFunction",)),
        on("AskBySame", domain.by_the_same_function, reads=(), emits=("ByTheSameFunction",)),
        on("AskAnotherModule", elsewhere, reads=(), emits=("ByAnotherModule",)),
        on("AskNobody", domain.by_nobody, reads=()),
        on_timer(domain.remind, emits=("ByATimer",)),
    ),
    timer=domain.due,
    terminal=(
        "ByAChoice",
        "ByADecoratedFunction",
        "ByAFunction",
        "ByAMadeFunction",
        "ByAMethod",
        "ByAPartial",
        "ByASharedFunction",
        "ByAShortage",
        "ByATable",
        "ByATimer",
        "ByATry",
        "ByAnOutcome",
        "ByAnotherFunction",
        "ByAnotherModule",
        "ByAnotherName",
        "ByAnotherWord",
        "ByHandingOn",
        "ByNothing",
        "BySeveral",
        "ByTheOther",
        "ByTheSameFunction",
    ),
)
"""

HANDLER = '''
from typing import Any

from functions.annex import domain
from functions.annex.service import ANNEX
from functions.kit.consumer import consumer


class Client:
    def publish(self, text: str) -> None:
        """Something else that is called publish."""


def ask(effect: Any) -> None:
    Client().publish("Nothing")


ADAPTERS: dict[type, Any] = {domain.Ask: ask}
handler = consumer(ANNEX, effects=ADAPTERS)
'''


def _schema(event: str) -> str:
    fields = {"annex_id": {"type": "string", "description": "Finds the row.", "minLength": 1}}
    fields["note"] = {"type": "string", "description": "What there is to say."}
    if event == "ByAnotherWord":
        fields["from"] = {"type": "string", "description": "A word of Python's."}
    kind = {"x-kind": "event"} if event == "AskNobody" else {}  # a fact from outside, which nobody has to answer
    schema = {"description": "An event.", "type": "object", "required": ["annex_id"], "properties": fields}
    return json.dumps(schema | kind)


def _schemas() -> Edits:
    words = {word.strip('",() ') for line in TABLE.splitlines() for word in line.replace("(", " ").split()}
    owners = {word: "annex" if word.startswith("By") else "people" for word in words if word.startswith(("By", "Ask"))}
    return {f"schemas/{owner}/{event}/1.0.json": _schema(event) for event, owner in owners.items()}


def allow_a_note(schema: dict[str, Any]) -> None:
    schema["properties"]["note"] = {"type": "string", "description": "What there is to say."}


ANNEX: Edits = {
    "functions/annex/domain.py": DOMAIN,
    "functions/annex/elsewhere.py": ELSEWHERE,
    "functions/annex/service.py": TABLE,
    "functions/annex/handler.py": HANDLER,
    **_schemas(),
}
"""A service that comes to each of its events in another way."""

CHANGES: tuple[tuple[str, Edits], ...] = (
    (
        "a new major version that is filled",
        version("loan", "LoanGranted", "1.0", "2.0", require("due"))
        | {"schemas/loan/LoanGranted/upcast_to_2.py": DUE}
        | edit(LOAN + "domain.py", ('parcel=event["parcel"],', 'parcel=event["parcel"],\n            due="soon",')),
    ),
    (
        "a new optional field that is not filled",
        version("shelf", "CopiesRefused", "1.0", "1.1", allow_a_note),
    ),
    ("a mark that a field gets", version("courier", "CopiesSent", "1.0", "1.1", mark("parcel", is_set=True))),
    (
        "whom an event is about",
        version("loan", "LoanRefused", "1.0", "1.1", mark("loan_id", name="x-subject", is_set=True)),
    ),
    (
        "a mark that a field of a state gets",
        edit(
            "functions/mail/domain.py",
            ("Decision, unchanged", "Decision, Sensitive, unchanged"),
            ("news: list[str]", "news: Sensitive[list[str]]"),
        ),
    ),
    (
        "a request because of which others undo",
        edit(
            SHELF + "service.py",
            (
                '        on(\n            "AddCopies"',
                '        on(\n            "LoanCancellationRequested",\n            release,\n'
                '            reads=("loan_id", "reason"),\n            emits=("CopiesReleased",),\n'
                '            compensates="CopiesReserved",\n        ),\n        on(\n            "AddCopies"',
            ),
        )
        | edit(
            SHELF + "domain.py",
            ("DeliveryRefused, LoanRequested", "DeliveryRefused, LoanCancellationRequested, LoanRequested"),
            ("event: DeliveryRefused", "event: DeliveryRefused | LoanCancellationRequested"),
        ),
    ),
    (
        "rows that are found by the workflow",
        edit("functions/figures/service.py", ('key="loan_id"', 'key="correlation_id"')),
    ),
    (
        "adapters that nobody sees",
        edit(COURIER + "handler.py", ("effects={Send: carrier.send}", "effects=dict([(Send, carrier.send)])")),
    ),
    (
        "an effect under another name",
        edit(
            "functions/mail/handler.py",
            ("import Letter", "import Letter as Written"),
            ("{Letter: post.send}", "{Written: post.send}"),
        ),
    ),
    (
        "a version that ended",
        {"schemas/loan/LoanCancellationRequested/lifecycle.json": '{"1.0": {"deprecated": "2026-11-01"}}'}
        | version("loan", "LoanCancellationRequested", "1.0", "1.1", allow_a_note),
    ),
)
"""Changes of the lending library, which fit together."""
