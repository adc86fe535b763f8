"""Reads a cloud assembly, the directory that `cdk synth` writes: its stacks' templates and their assets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ensemble.aws.account import Account
from ensemble.aws.errors import AssemblyUnreadable

STACK, ASSETS, NESTED = "aws:cloudformation:stack", "cdk:asset-manifest", "cdk:cloud-assembly"


@dataclass(frozen=True, slots=True)
class StackTemplate:
    """A stack's name, its template, and where each asset of the assembly lies, by its S3 object key."""

    name: str
    template: dict[str, Any]
    assets: dict[str, Path]

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        """The resources by logical id; what a transform makes others of, such as Fn::ForEach, is none."""
        found = self.template.get("Resources", {})
        return {name: one for name, one in found.items() if isinstance(one, dict) and "Type" in one}


def read_assembly(directory: Path) -> tuple[StackTemplate, ...]:
    """Return the stacks of an assembly, in the order of their names.

    For a CDK Stage give its own assembly (`cdk.out/assembly-<stage>`), not the one around it.
    Raises AssemblyUnreadable.
    """
    manifest = _json(directory / "manifest.json")
    artifacts = manifest.get("artifacts", {})
    assets = dict(_assets(directory, artifacts))
    stacks = [
        StackTemplate(
            name=artifact["properties"].get("stackName", artifact_id),
            template=_json(directory / artifact["properties"]["templateFile"]),
            assets=assets,
        )
        for artifact_id, artifact in artifacts.items()
        if artifact["type"] == STACK
    ]
    if not stacks:
        raise AssemblyUnreadable(_without_stacks(directory, artifacts))
    return tuple(sorted(stacks, key=lambda stack: stack.name))


def account_of(directory: Path) -> Account:
    """Return the account that the stacks of an assembly are for; the laptop's own as far as they are for any.

    So an ARN that was written out at synthesis is that of what is deployed here.
    Raises AssemblyUnreadable.
    """
    artifacts = _json(directory / "manifest.json").get("artifacts", {}).values()
    for environment in (one.get("environment", "") for one in artifacts if one["type"] == STACK):
        account_id, _, region = environment.removeprefix("aws://").partition("/")
        if account_id.isdigit():  # otherwise `unknown-account` (cloud assembly schema, "ArtifactManifest")
            return Account(account_id, region)
    return Account()


def _assets(directory: Path, artifacts: dict[str, Any]) -> Iterator[tuple[str, Path]]:
    """Yield object key and path of each file asset (cloud assembly schema, "AssetManifest")."""
    for artifact in artifacts.values():
        if artifact["type"] != ASSETS:
            continue
        for asset in _json(directory / artifact["properties"]["file"]).get("files", {}).values():
            if "path" not in asset["source"]:
                continue
            for destination in asset["destinations"].values():
                yield destination["objectKey"], (directory / asset["source"]["path"]).resolve()


def _without_stacks(directory: Path, artifacts: dict[str, Any]) -> str:
    nested = [
        str(directory / artifact["properties"]["directoryName"])
        for artifact in artifacts.values()
        if artifact["type"] == NESTED
    ]
    advice = f"; give one of its stages: {', '.join(sorted(nested))}" if nested else ""
    return f"{directory} has no stacks{advice}"


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError:
        raise AssemblyUnreadable(f"{path} is not there: run the CDK app first") from None
    except json.JSONDecodeError as error:
        raise AssemblyUnreadable(f"{path} is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise AssemblyUnreadable(f"{path} is not a JSON object")
    return content
