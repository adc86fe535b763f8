"""Publications as a person writes them, right and wrong, for mypy: one module of a service, judged in one run."""

from __future__ import annotations

from tests.toolkit.declarations.cases import DUE, Edits, edit, require, version


def _by(schema: dict[str, object]) -> None:
    schema["properties"]["by"] = {"type": "string", "description": "Who refused.", "enum": ["reader", "time"]}  # type: ignore[index]


def _tags(schema: dict[str, object]) -> None:
    field = {"type": "array", "description": "Words.", "items": {"type": "string"}}
    counts = {"type": "object", "description": "Pieces.", "additionalProperties": {"type": "integer"}}
    schema["properties"] |= {"tags": field, "pieces": counts, "heavy": {"type": "boolean", "description": "Is it?"}}  # type: ignore[operator]
    schema["properties"]["weight"] = {"type": "number", "description": "In kilograms."}  # type: ignore[index]


SCHEMAS: Edits = (
    version("loan", "LoanRefused", "1.0", "1.1", _by)
    | version("loan", "LoanGranted", "1.0", "2.0", require("due"))
    | version("loan", "LoanCancellationRequested", "1.0", "1.1", _tags)
    | {"schemas/loan/LoanGranted/upcast_to_2.py": DUE}
)
"""Versions with what the fixture's events lack: an enum, lists, a map, a number; and a 2.0, which nobody fills yet."""

HEAD = """
from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from functions.kit.model import Decision

if TYPE_CHECKING:
    from functions.loan.events import CopiesRefused, LoanRequestedDeposit, RequestLoan, publish
else:
    from functions.kit.model import publish


def money(row: Mapping[str, Any]) -> LoanRequestedDeposit:
    return {"minor_units": row["minor_units"], "currency": row["currency"]}


def words(event: RequestLoan, refused: CopiesRefused, row: dict[str, Any], counts: dict[str, int], late: bool) -> None:
    who: Literal["reader", "time"] = "time" if late else "reader"
    maybe: str | None = event.get("branch")
    books, place = event["books"], event["place"]
    deposit: LoanRequestedDeposit = {"minor_units": 1, "currency": "EUR"}
"""

RIGHT = (
    ("all that is required", 'publish.LoanRefused(loan_id="l-1", email="a@example.com", reason="none")'),
    ("with an optional field", 'publish.LoanRefused(loan_id="l-1", email="a", reason="b", by="reader")'),
    ("an optional field is None", 'publish.LoanRefused(loan_id="l-1", email="a", reason="b", by=None)'),
    (
        "an optional field of the event that came",
        'publish.LoanRequested(loan_id="", books=[], deposit=deposit, place=place, branch=maybe)',
    ),
    ("a choice of two texts", 'publish.LoanRefused(loan_id="l-1", email="a", reason="b", by=who)'),
    (
        "a choice in its place",
        'publish.LoanRefused(loan_id="", email="a", reason="b", by="time" if late else "reader")',
    ),
    (
        "an object in its place",
        'publish.LoanRequested(loan_id="", books=[], deposit={"minor_units": 1, "currency": "EUR"}, place=place)',
    ),
    (
        "a list of objects",
        'publish.LoanRequested(loan_id="", books=[{"title": "Emma", "copies": 1}], deposit=deposit, place=place)',
    ),
    (
        "a list that is made",
        'publish.LoanRequested(loan_id="", books=[{**b, "copies": 2} for b in books], deposit=deposit, place=place)',
    ),
    (
        "what the event that came has",
        'publish.LoanRequested(loan_id=event["loan_id"], books=books, deposit=deposit, place=place)',
    ),
    ("money of a row", 'publish.LoanRequested(loan_id="", books=[], deposit=money(row), place=place)'),
    ("the order of fields", 'publish.LoanRefused(reason="b", email="a", loan_id="l-1")'),
    ("a list of texts", 'publish.LoanCancellationRequested(loan_id="", reason="", tags=["a"])'),
    ("a map", 'publish.LoanCancellationRequested(loan_id="", reason="", pieces=counts)'),
    ("a number that is whole", 'publish.LoanCancellationRequested(loan_id="", reason="", weight=2)'),
    ("a number that is not", 'publish.LoanCancellationRequested(loan_id="", reason="", weight=2.5)'),
    ("yes or no", 'publish.LoanCancellationRequested(loan_id="", reason="", heavy=late)'),
    ("a text that is built", 'publish.LoanRefused(loan_id=f"l-{1}", email="a", reason=refused["reason"])'),
    (
        "perhaps an event",
        'Decision(None, *([publish.LoanCancellationRequested(loan_id="", reason="")] if late else []))',
    ),
    ("in a decision", 'Decision(None, publish.LoanRefused(loan_id="", email="", reason=""))'),
    (
        "a newest version that is filled",
        'publish.LoanGranted(loan_id="", email="", deposit=deposit, parcel="", due="2026")',
    ),
    (
        "several in a decision",
        'Decision(None, *(publish.LoanCancellationRequested(loan_id="", reason=r) for r in ["a", "b"]))',
    ),
)

WRONG = (
    (
        "an event is misspelt",
        'publish.LoanRefusd(loan_id="", email="", reason="")',
        '"Publish" has no attribute "LoanRefusd"; maybe "LoanRefused"',
    ),
    (
        "an event is another service's",
        'publish.CopiesSent(loan_id="", parcel="")',
        '"Publish" has no attribute "CopiesSent"',
    ),
    (
        "a field is missing",
        'publish.LoanRefused(loan_id="", email="")',
        'Missing named argument "reason" for "LoanRefused"',
    ),
    (
        "a newest version is not filled",
        'publish.LoanGranted(loan_id="", email="", deposit=deposit, parcel="")',
        'Missing named argument "due" for "LoanGranted"',
    ),
    (
        "a field is undeclared",
        'publish.LoanRefused(loan_id="", email="", reason="", shelf=3)',
        'Unexpected keyword argument "shelf" for "LoanRefused"',
    ),
    (
        "a field is misspelt",
        'publish.LoanRefused(loan_id="", email="", reason="", bye="time")',
        'Unexpected keyword argument "bye" for "LoanRefused" of "Publish"; did you mean "by"?',
    ),
    (
        "a field of the envelope",
        'publish.LoanRefused(loan_id="", email="", reason="", event_id="e")',
        'Unexpected keyword argument "event_id" for "LoanRefused"',
    ),
    (
        "a number for a text",
        'publish.LoanRefused(loan_id=1, email="", reason="")',
        'Argument "loan_id" to "LoanRefused" of "Publish" has incompatible type "int"; expected "str"',
    ),
    (
        "nothing for what is required",
        'publish.LoanRefused(loan_id="", email="", reason=None)',
        'Argument "reason" to "LoanRefused" of "Publish" has incompatible type "None"; expected "str"',
    ),
    (
        "perhaps nothing for what is required",
        'publish.LoanRefused(loan_id="", email="", reason=maybe)',
        'has incompatible type "str | None"; expected "str"',
    ),
    (
        "a text that is none of the enum",
        'publish.LoanRefused(loan_id="", email="", reason="", by="shelf")',
        "expected \"Literal['reader', 'time'] | None\"",
    ),
    (
        "any text for an enum",
        'publish.LoanRefused(loan_id="", email="", reason="", by=refused["reason"])',
        "expected \"Literal['reader', 'time'] | None\"",
    ),
    (
        "a number for money",
        'publish.LoanGranted(loan_id="", email="", deposit=5, parcel="", due="")',
        'has incompatible type "int"; expected "LoanGrantedDeposit"',
    ),
    (
        "money without its currency",
        'publish.LoanGranted(loan_id="", email="", deposit={"minor_units": 1}, parcel="", due="")',
        'Missing key "currency" for TypedDict "LoanGrantedDeposit"',
    ),
    (
        "money with a field too many",
        'publish.LoanGranted(loan_id="", email="", deposit={**deposit, "tax": 1}, parcel="", due="")',
        'Extra key "tax" for TypedDict "LoanGrantedDeposit"',
    ),
    (
        "money as a text",
        'publish.LoanGranted(loan_id="", email="", deposit={"minor_units": "1", "currency": ""}, parcel="", due="")',
        'TypedDict item "minor_units" has type "int"',
    ),
    (
        "a fraction of the smallest unit",
        'publish.LoanGranted(loan_id="", email="", deposit={"minor_units": 0.5, "currency": ""}, parcel="", due="")',
        'expression has type "float", TypedDict item "minor_units" has type "int"',
    ),
    (
        "whatever a row has for money",
        'publish.LoanGranted(loan_id="", email="", deposit=row, parcel="", due="")',
        'has incompatible type "dict[str, Any]"; expected "LoanGrantedDeposit"',
    ),
    (
        "a list of texts for objects",
        'publish.LoanRequested(loan_id="", books=["Emma"], deposit=deposit, place=place)',
        'List item 0 has incompatible type "str"; expected "LoanRequestedBooks"',
    ),
    (
        "an object without a field in a list",
        'publish.LoanRequested(loan_id="", books=[{"title": ""}], deposit=deposit, place=place)',
        'Missing key "copies" for TypedDict "LoanRequestedBooks"',
    ),
    (
        "an object of another event",
        'publish.LoanRequested(loan_id="", books=[], deposit=deposit, place=deposit)',
        'has incompatible type "LoanRequestedDeposit"; expected "LoanRequestedPlace"',
    ),
    (
        "one text for a list of them",
        'publish.LoanCancellationRequested(loan_id="", reason="", tags="a")',
        'has incompatible type "str"; expected "list[str] | None"',
    ),
    (
        "a map of texts",
        'publish.LoanCancellationRequested(loan_id="", reason="", pieces={"a": "1"})',
        'Dict entry 0 has incompatible type "str": "str"; expected "str": "int"',
    ),
    (
        "a text for yes or no",
        'publish.LoanCancellationRequested(loan_id="", reason="", heavy="yes")',
        'has incompatible type "str"; expected "bool | None"',
    ),
    (
        "a text for a number",
        'publish.LoanCancellationRequested(loan_id="", reason="", weight="2")',
        'has incompatible type "str"; expected "float | None"',
    ),
    ("a field without its name", 'publish.LoanRefused("l-1", email="", reason="")', "positional argument"),
    ("an event as a text", 'publish("LoanRefused", loan_id="", email="", reason="")', '"Publish" not callable'),
    ("an event that is not called", "Decision(None, publish.LoanRefused)", 'expected "Publication"'),
    ("a dictionary for an event", 'Decision(None, {"type": "LoanRefused"})', 'expected "Publication"'),
)

MODULE = HEAD + "".join(f"    {code}\n" for _, code in RIGHT) + "".join(f"    {code}\n" for _, code, _ in WRONG)
FILE = "functions/loan/typed.py"


def line_of(code: str) -> int:
    """Return the number of the line in the module that holds this code."""
    return MODULE.splitlines().index(f"    {code}") + 1


def line_of_the_unfilled() -> int:
    """Return the line of the domain where the 2.0 is not filled."""
    (text,) = edit("functions/loan/domain.py").values()
    return next(number for number, line in enumerate(text.splitlines(), 1) if "publish.LoanGranted(" in line)
