"""Where requests go and what signs them, as the environment says it; or that only botocore can tell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from functions.kit.aws.operations import Service
from functions.kit.aws.signing import Credentials

CLIENT = "KIT_AWS_CLIENT"
"""The variable that says which client functions ask AWS by: `botocore`, or where it is not set the kit's own."""

FUNCTION = "AWS_LAMBDA_FUNCTION_NAME"
"""What Lambda sets (AWS Lambda Developer Guide, "Defined runtime environment variables"). Elsewhere botocore asks: it
knows profiles and what else developers have, and moto takes hold of it in their tests."""

FOR_BOTOCORE = (
    *("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CREDENTIAL_EXPIRATION"),
    *("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"),
)
"""Variables that say what the kit's client does not do. Where one of them is set, botocore asks."""

PARTITIONS = (
    (re.compile(r"(us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-\d+"), "amazonaws.com"),
    (re.compile(r"cn-[a-z]+-\d+"), "amazonaws.com.cn"),
    (re.compile(r"us-gov-[a-z]+-\d+"), "amazonaws.com"),
)
"""The regions of a partition, and what its endpoints end in (botocore, `partitions.json`). Others are botocore's."""


class Place(NamedTuple):
    """Where a service is asked. `endpoint`: its URL, without a path's last slash."""

    endpoint: str
    region: str
    credentials: Credentials


def place_of(service: Service, environment: Mapping[str, str]) -> Place | None:
    """Return where a service is asked; None where the environment asks for botocore, or for what only it does."""
    if FUNCTION not in environment or environment.get(CLIENT) == "botocore":
        return None
    if any(environment.get(name) for name in FOR_BOTOCORE):
        return None
    region = environment.get("AWS_DEFAULT_REGION", "")
    key, secret = environment.get("AWS_ACCESS_KEY_ID"), environment.get("AWS_SECRET_ACCESS_KEY")
    endpoint = _given_endpoint(service, environment) or _endpoint(service, region)
    if not key or not secret or not region or not _is_usable(endpoint):
        return None
    return Place(endpoint, region, Credentials(key, secret, environment.get("AWS_SESSION_TOKEN", "")))


def _given_endpoint(service: Service, environment: Mapping[str, str]) -> str:
    """Return the endpoint that a variable gives (AWS SDKs and Tools Reference Guide, "Service-specific endpoints")."""
    if environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return ""
    url = environment.get(f"AWS_ENDPOINT_URL_{service.id}") or environment.get("AWS_ENDPOINT_URL", "")
    return url.rstrip("/")


def _endpoint(service: Service, region: str) -> str:
    suffixes = (suffix for regions, suffix in PARTITIONS if regions.fullmatch(region))
    suffix = next(suffixes, "")
    return f"https://{service.name}.{region}.{suffix}" if suffix else ""


def _is_usable(endpoint: str) -> bool:
    parts = urlsplit(endpoint)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query and not parts.username
