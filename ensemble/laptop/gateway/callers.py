"""Who calls an API, and whether it may: by a signature and a policy, or by a token; and by an API key, so often.

No signature is checked, as nobody here has a secret: an access key whose id is the name of a managed policy stands for
a role that has this policy alone, and any other for one that may do everything. The value of an API key is its name.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Any

from ensemble.aws.account import Account
from ensemble.aws.policies import permits
from ensemble.laptop.gateway.apis import Api, Gateway, Method, switched_on
from ensemble.laptop.gateway.rates import Bucket
from ensemble.laptop.gateway.refusals import Refused

SERVICE = "execute-api"
_SCOPE = re.compile(r"AWS4-HMAC-SHA256 Credential=(?P<key>[^,\s]+?)/\d{8}/[^/,\s]+/(?P<service>[^/,\s]+)/aws4_request")

Json = dict[str, Any]


def identified(
    gateway: Gateway, account: Account, api: Api, method: Method, headers: Mapping[str, str], resource: str
) -> tuple[Json, Json]:
    """Return what `$context` has of the caller, `identity` and `authorizer`. Raises Refused for one that may not call.

    `resource`: the ARN of what is called.
    """
    match method.properties.get("AuthorizationType", "NONE"):
        case "AWS_IAM":
            return _by_signature(gateway, account, headers, resource), {}
        case "COGNITO_USER_POOLS":
            return {}, {"claims": _claims(api, method, headers)}
    return {}, {}


def _by_signature(gateway: Gateway, account: Account, headers: Mapping[str, str], resource: str) -> Json:
    sent = headers.get("authorization", "")
    if not sent:
        raise Refused("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token")
    scope = _SCOPE.match(sent)
    if scope is None:
        raise Refused("INVALID_SIGNATURE", "Authorization header requires 'Credential' parameter.")
    if scope["service"] != SERVICE:
        raise Refused("INVALID_SIGNATURE", f"Credential should be scoped to correct service: '{SERVICE}'.")
    key = scope["key"]
    user = f"arn:{account.partition}:iam::{account.account_id}:{f'role/{key}' if key in gateway.policies else 'root'}"
    if key in gateway.policies and not permits(gateway.policies[key], f"{SERVICE}:Invoke", resource):
        words = f"User: {user} is not authorized to perform: {SERVICE}:Invoke on resource: {resource}"
        raise Refused("ACCESS_DENIED", words)
    return {"userArn": user, "caller": key, "accessKey": key, "accountId": account.account_id}


def _claims(api: Api, method: Method, headers: Mapping[str, str]) -> Json:
    """Return the claims of a token of Cognito. Its signature is not checked, nor when it ends."""
    authorizer = api.authorizers[method.properties["AuthorizerId"]]
    source = authorizer["IdentitySource"].rpartition(".")[2].lower()
    token = headers.get(source, "").removeprefix("Bearer ").split(".")
    try:
        content = token[1] + "=" * (-len(token[1]) % 4)
        claims = json.loads(urlsafe_b64decode(content))
        pool = str(claims["iss"]).rpartition("/")[2]
    except (LookupError, ValueError, TypeError) as error:
        raise Refused("UNAUTHORIZED", "Unauthorized") from error
    if not any(arn.endswith(f"userpool/{pool}") for arn in authorizer["ProviderARNs"]):
        raise Refused("UNAUTHORIZED", "Unauthorized")
    return dict(claims)


def let_through(gateway: Gateway, api: Api, stage: str, method: Method, headers: Mapping[str, str], now: float) -> str:
    """Return the API key of a request, taking a token of its rate; nothing where none is asked for. Raises Refused."""
    if not switched_on(method.properties, "ApiKeyRequired"):
        return ""
    key = headers.get("x-api-key", "")
    plan = gateway.plan_of(key, api.id, stage)
    if plan is None:
        raise Refused("INVALID_API_KEY", "Forbidden")
    bucket = plan.buckets.setdefault(key, Bucket(plan.rate, plan.burst, plan.burst, now))
    if not bucket.take(now):
        raise Refused("THROTTLED", "Too Many Requests")
    return key
