"""What the front door writes in Velocity: the requests that it makes of AWS, and the answers that it gives.

Each name that goes into a text is checked to be a plain one, or escaped. What a request template knows and an answer
needs is kept in `$context.requestOverride.path`, which no integration here reads (Amazon API Gateway Developer Guide,
"Use a mapping template to override an API's request and response parameters and status codes").
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from ensemble.contracts.requests import PLAIN_NAME, PLAIN_WORDS

IDEMPOTENCY_KEY, TRACEPARENT = "Idempotency-Key", "traceparent"

LARGEST_BODY = 200_000
"""Characters of a command's body. In UTF-8 that is at most 0.8 MB: an entry of PutEvents, with its envelope, takes 1 MB
(Amazon EventBridge User Guide, "Calculating PutEvents event entry size")."""

_PLAIN, _TRACE = PLAIN_NAME.strip("^$"), "00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"
_REFUSED = "$context.requestOverride.path.refused"
_JSON = '$util.escapeJavaScript({}).replaceAll("\\\\\'", "\'")'
"""A text as JSON has it: escapeJavaScript also escapes single quotes, which JSON does not know (Amazon API Gateway
Developer Guide, "Mapping template reference for API Gateway")."""


def put_command(bus: str, publisher: str, command: str, key: str, owner: str = "") -> str:
    """Return the request of PutEvents for a command whose row the field `key` finds.

    What must not come in has no entry: EventBridge refuses the request, and the answer says why. `owner`: the field
    that must say the person of the token; none where no person sends it.
    """
    foreign = f'#elseif($input.path("$.{owner}") != $context.authorizer.claims.sub)' if owner else ""
    return "\n".join(
        [
            f"#set($id = $input.params('{IDEMPOTENCY_KEY}'))",
            f"#set($trace = $input.params('{TRACEPARENT}'))",
            "#set($body = $input.json('$'))",
            f"#set($context.requestOverride.path.row = $input.path('$.{key}'))",
            f"#if(!$id.matches('{_PLAIN}'))#set($refused = 'id')",
            f"#elseif($input.body.length() > {LARGEST_BODY})#set($refused = 'size')",
            *([f"{foreign}#set($refused = 'owner')"] if owner else []),
            "#else#set($refused = 'no')#end",
            f"#set({_REFUSED} = $refused)",
            '{"Entries": [',
            "#if($refused == 'no')",
            f'{{"EventBusName": "{bus}", "Source": "{publisher}", "DetailType": "{command}", "Detail": "{{'
            f'\\"event_id\\":\\"$id\\",'
            f"#if($trace.matches('{_TRACE}'))"
            f'\\"{TRACEPARENT}\\":\\"$trace\\",#end'
            f'{_JSON.format("$body.substring(1)")}"}}',
            "#end",
            "]}",
        ]
    )


def accepted(command: str, key: str, status: Sequence[str]) -> str:
    """Return the answer to what PutEvents answered with 200, which may still be a refusal.

    `status`: the services that tell how the row stands.
    """
    where = "".join(f', "status": "../status/{service}/$context.requestOverride.path.row"' for service in status[:1])
    return "\n".join(
        [
            "#if($input.path('$.FailedEntryCount') == 0)",
            f'{{"command": "{command}", "command_id": "$input.params(\'{IDEMPOTENCY_KEY}\')", '
            f'"event_id": "$input.path(\'$.Entries[0].EventId\')", '
            f'"{key}": "$context.requestOverride.path.row"{where}}}',
            "#else#set($context.responseOverride.status = 503)",
            _message("The bus did not take the command. Send it again with the same Idempotency-Key."),
            "#end",
        ]
    )


def not_accepted() -> str:
    """Return the answer where PutEvents refused the whole request: what the request template kept says why."""
    return "\n".join(
        [
            f"#if({_REFUSED} == 'id')#set($context.responseOverride.status = 400)",
            _message(f"{IDEMPOTENCY_KEY} is no plain name: {PLAIN_WORDS}"),
            f"#elseif({_REFUSED} == 'size')#set($context.responseOverride.status = 413)",
            _message(f"The body has over {LARGEST_BODY} characters"),
            f"#elseif({_REFUSED} == 'owner')#set($context.responseOverride.status = 403)",
            _message("The command is about somebody else"),
            "#else",
            _message("The bus did not take the command. Send it again with the same Idempotency-Key."),
            "#end",
        ]
    )


def read_row(table: str, key: str) -> str:
    """Return the request of GetItem for the row of a workflow: its state and its workflow, and nothing else of it."""
    return "\n".join(
        [
            f"#set($row = $input.params('{key}'))",
            f"#if(!$row.matches('{_PLAIN}'))#set($row = '')#end",
            f"#set($of = '{key}#')",  # in single quotes, where no # begins anything
            f'{{"TableName": "{table}", "Key": {{"pk": {{"S": "$of$row"}}}}, "ConsistentRead": true,',
            '"ProjectionExpression": "#s, correlation_id", "ExpressionAttributeNames": {"#s": "state"}}',
        ]
    )


def shown(key: str, fields: Mapping[str, bool], owner: str = "") -> str:
    """Return what is told of a row: who it is, its workflow, and these fields of its state, each
    with whether it is a text; 404 where there is none.

    `owner`: the field of the state that must say the person of the token; none where no person asks.
    """
    is_theirs = f" && $state.{owner} == $context.authorizer.claims.sub" if owner else ""
    return "\n".join(
        [
            "#set($text = $input.path('$.Item.state.S'))",
            """#if("$!text" != '' && "$!text" != 'null')#set($state = $util.parseJson($text))#end""",
            f"""#if("$!state" != ''{is_theirs})""",
            f'{{"{key}": "$input.params(\'{key}\')", "workflow": "$input.path(\'$.Item.correlation_id.S\')"',
            *(_field(name, is_text=is_text) for name, is_text in fields.items()),
            "}",
            "#else#set($context.responseOverride.status = 404)",
            _message(f"There is nothing of this {key}: not yet, or not any more"),
            "#end",
        ]
    )


def _field(name: str, *, is_text: bool) -> str:
    """Return a field of the state as JSON has it; nothing where the state has none, or an empty text."""
    value = f'"{_JSON.format(f"$state.{name}")}"' if is_text else f"$state.{name}"
    return f'#if("$!state.{name}" != ""), "{name}": {value}#end'


def _message(text: str) -> str:
    return json.dumps({"message": text})
