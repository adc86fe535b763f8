"""The real tools of AWS, pointed at a served laptop."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3

from ensemble.laptop.server import Server


def client(server: Server, service: str) -> Any:
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=server.url,
        region_name="eu-west-1",
        aws_access_key_id="AKIALOCALLOCALLOCAL0",
        aws_secret_access_key="local",
    )


def aws(server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the real AWS command."""
    credentials = {"AWS_ACCESS_KEY_ID": "AKIALOCALLOCALLOCAL0", "AWS_SECRET_ACCESS_KEY": "local"}
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_PAGER": ""}
    command = [str(Path(sys.executable).parent / "aws"), "--endpoint-url", server.url, "--region", "eu-west-1"]
    return subprocess.run(
        [*command, "--output", "json", *arguments],
        env={"PATH": os.environ["PATH"]} | credentials | nowhere,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
