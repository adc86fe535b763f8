"""API destinations and their connections: requests to this machine, and to no other."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from ensemble.aws.api_destinations import RETRIED, TIMEOUT_SECONDS, ApiDestination, Request, connection_of
from ensemble.aws.errors import DeliveryRefused, PropertyUnsupported
from ensemble.aws.opaque import Opaque
from ensemble.aws.resources import Resource
from ensemble.laptop.cloud import Cloud
from ensemble.laptop.delivery import Delivery

INVOKE = "events:InvokeApiDestination"
DYNAMIC = "{{resolve:"
"""What a reference to a secret or a parameter begins with, which CloudFormation resolves (AWS CloudFormation User
Guide, "Get values stored in other services using dynamic references")."""


def deploy_connection(cloud: Cloud, resource: Resource) -> list[str]:
    """Make a connection; return which of its secrets only a deployment knows."""
    cloud.connections[resource.arn] = connection_of(resource.properties)
    unknown = sorted(set(_only_deployed(resource.properties.get("AuthParameters", {}))))
    return [f"it authorizes with the text {one}, whose value only a deployment knows" for one in unknown]


def _only_deployed(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for member in value.values():
            yield from _only_deployed(member)
    elif isinstance(value, list):
        for element in value:
            yield from _only_deployed(element)
    elif isinstance(value, Opaque) or str(value).startswith(DYNAMIC):
        yield str(value)


def deploy_api_destination(cloud: Cloud, resource: Resource) -> list[str]:
    """Let rules call an API destination; return why nothing gets there, if it is not on this machine."""
    properties = resource.properties
    connection = cloud.connections.get(properties["ConnectionArn"])
    if connection is None:
        raise PropertyUnsupported(f"its connection {properties['ConnectionArn']} is not run here")
    endpoint = properties["InvocationEndpoint"]
    destination = ApiDestination(properties["HttpMethod"], endpoint, connection)
    cloud.courier.destinations[resource.arn] = lambda delivery: _deliver(cloud, destination, delivery)
    return [] if destination.is_here else [f"nothing is sent to {endpoint}: this machine alone is called"]


def _deliver(cloud: Cloud, destination: ApiDestination, delivery: Delivery) -> None:
    """Call an endpoint with what a target gets. Raises DeliveryRefused."""
    target = delivery.target
    if target.role_arn is None or not _is_permitted(cloud, target.role_arn, target.arn):
        raise DeliveryRefused("NO_PERMISSIONS", f"{target.role_arn or 'no role'} does not let {INVOKE} on {target.arn}")
    if not destination.is_here:
        raise DeliveryRefused("CONNECTION_FAILURE", f"{destination.endpoint} is not called: this machine alone is")
    request = destination.request(delivery.payload, target.http, delivery.event)
    with cloud.engine.outside():  # who is called may call the laptop
        answer = _status(request)
    if isinstance(answer, Exception):
        raise DeliveryRefused("CONNECTION_FAILURE", f"{request.url}: {answer}", retriable=True)
    if answer >= 300:
        is_retried = answer in RETRIED or answer >= 500
        raise DeliveryRefused("ERROR_FROM_TARGET", f"{request.url} answers {answer}", retriable=is_retried)


def _is_permitted(cloud: Cloud, role: str, arn: str) -> bool:
    """Whether a role may call a destination: its policy may name it with or without the UUID at the end."""
    bare = arn.rpartition("/")[0]
    return cloud.roles.permit(role, INVOKE, bare if cloud.roles.may(role, INVOKE, bare) else arn)


def _status(request: Request) -> int | Exception:
    """Make a request and return the status of its answer, or what came instead of one."""
    parts = urlsplit(request.url)
    kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
    connection = kinds[parts.scheme](parts.netloc, timeout=TIMEOUT_SECONDS)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    try:
        connection.request(request.method, path, request.body.encode(), dict(request.headers))
        status: int = connection.getresponse().status
        return status
    except (OSError, ValueError, http.client.HTTPException) as error:
        return error
    finally:
        connection.close()
