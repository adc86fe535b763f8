"""The laptop AWS as a world: a question's resources are an assembly of their own, its requests need no socket."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.session import Session

from ensemble.aws.account import Account
from ensemble.aws.errors import LocalError
from ensemble.conformance.needed import FUNCTION, resolved
from ensemble.conformance.questions import AS_GIVEN, Needs, World
from ensemble.laptop import Laptop, VirtualClock
from ensemble.laptop.entry import answer_http
from ensemble.laptop.rest import HttpRequest

START = "2026-01-01T00:00:00Z"
URL = "http://127.0.0.1:4567"
ACCOUNT = Account()


class OnTheLaptop:
    """Opens a laptop AWS for each question; the clients are the same for all, as they take long to make."""

    def __init__(self) -> None:
        self._session = Session()
        self._clients: dict[str, Any] = {}
        self._laptop: Laptop

    @contextmanager
    def __call__(self, needs: Needs) -> Iterator[World]:
        """Yield a laptop AWS with these resources."""
        found = resolved(needs, "", ACCOUNT.arn, ACCOUNT.queue_url, ACCOUNT.stream_arn)
        resources = {name: {"Type": kind, "Properties": properties} for name, kind, properties in found}
        with TemporaryDirectory() as folder, deployed(Path(folder), resources) as self._laptop:

            def refuses(kind: str, properties: dict[str, Any]) -> bool:
                return _refuses(Path(folder) / "refused", resources, kind, properties)

            yield World(ACCOUNT.account_id, ACCOUNT.region, "", self._client, self._laptop.run_for, refuses)

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            client: Any = self._session.create_client(
                service,
                region_name=ACCOUNT.region,
                endpoint_url=URL,
                aws_access_key_id="any",
                aws_secret_access_key="any",
                config=AS_GIVEN,
            )
            client.meta.events.register("before-send", lambda request, **_: self._answered(request))
            self._clients[service] = client
        return self._clients[service]

    def _answered(self, request: AWSPreparedRequest) -> AWSResponse:
        status, headers, content = answer_http(self._laptop.answer, _http(request))
        return AWSResponse(request.url, status, headers, _Content(content))  # type: ignore[arg-type]


def deployed(folder: Path, resources: Mapping[str, Any]) -> Laptop:
    """Deploy resources; the source of a function becomes an asset."""
    folder.mkdir(exist_ok=True)
    found = {name: _with_asset(folder, name, one) for name, one in resources.items()}
    files = {name: _file(name) for name, one in resources.items() if one["Type"] == FUNCTION}
    artifacts = {
        "asked": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "asked.template.json"}},
        "assets": {"type": "cdk:asset-manifest", "properties": {"file": "assets.json"}},
    }
    documents = {
        "asked.template.json": {"Resources": found},
        "assets.json": {"files": files},
        "manifest.json": {"version": "1", "artifacts": artifacts},
    }
    for name, document in documents.items():
        (folder / name).write_text(json.dumps(document), encoding="utf-8")
    return Laptop(folder, VirtualClock(START))


def _with_asset(folder: Path, name: str, resource: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a resource as it is; a function with its source in a folder."""
    if resource["Type"] != FUNCTION:
        return resource
    asset = folder / f"asset.{name}"
    asset.mkdir(exist_ok=True)
    (asset / "index.py").write_text(resource["Properties"]["Code"]["ZipFile"], encoding="utf-8")
    return {
        **resource,
        "Properties": {**resource["Properties"], "Code": {"S3Bucket": "assets", "S3Key": f"{name}.zip"}},
    }


def _file(name: str) -> Mapping[str, Any]:
    """Return what the manifest says of an asset."""
    destination = {"bucketName": "assets", "objectKey": f"{name}.zip"}
    return {"source": {"path": f"asset.{name}", "packaging": "zip"}, "destinations": {"current": destination}}


def _refuses(folder: Path, resources: Mapping[str, Any], kind: str, properties: dict[str, Any]) -> bool:
    """Whether a resource is refused beside the others."""
    ((_, _, found),) = resolved({"refused": (kind, properties)}, "", ACCOUNT.arn, ACCOUNT.queue_url, ACCOUNT.stream_arn)
    try:
        deployed(folder, {**resources, "refused": {"Type": kind, "Properties": found}}).close()
    except LocalError:
        return True
    return False


def _http(request: AWSPreparedRequest) -> HttpRequest:
    address, sent = urlsplit(request.url), request.body or b""
    body = sent.encode() if isinstance(sent, str) else bytes(sent)  # type: ignore[arg-type]
    headers = {name.lower(): _text(value) for name, value in request.headers.items()}
    return HttpRequest(str(request.method), address.path, address.query, {"host": address.netloc, **headers}, body)


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


class _Content(io.BytesIO):
    """A response's body, as botocore reads it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()
