"""Whether `ensemble doctor` finds nothing on a stage as it was deployed, and each change that is made by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from botocore import xform_name
from rich.console import Console

from ensemble.command_line.stage.account import Account, deployed_in
from ensemble.command_line.stage.doctor import diagnosis
from ensemble.command_line.stage.place import Place
from ensemble.deploy_check.drifts import GONE, PLANTED, Planted
from ensemble.deploy_check.errors import DeployCheckFailed
from ensemble.doctor.expected import Expected, expected_in
from ensemble.doctor.kinds import Call, ClientOf
from ensemble.doctor.looking import Drift, look

NOT_APPLIED = ("TimeToLiveSpecification", "PointInTimeRecoverySpecification")
"""Properties of tables that the emulator's API knows and its CloudFormation passes over: the doctor tells them."""


def diagnose(stage: str, assembly: Path, account: Account, url: str, console: Console) -> None:
    """Ask the doctor before and after each change, and let its own requests mend it. Raises DeployCheckFailed."""
    client, place = cache(account.client), Place(stage, url, is_laptop=False)
    first = diagnosis(place, assembly, account)
    left = list(_mended(first.report.drifts, client))
    if others := [one.sentence for one in first.findings if one.drift is None or one.drift not in left]:
        raise DeployCheckFailed("the doctor says of a stage as it was deployed:\n" + "\n".join(others))
    again = diagnosis(place, assembly, account)
    if again.findings or again.report.unknown:
        found = [*(one.sentence for one in again.findings), *map(str, again.report.unknown)]
        raise DeployCheckFailed("what the doctor said is not mended by what it printed:\n" + "\n".join(found))
    console.print(
        f"  {sum(again.report.looked_at.values())} resources are as the templates say; {len(left)} things that the "
        "emulator had passed over were told, and mended by what was printed"
    )
    resources = expected_in(assembly, deployed_in(assembly, client))
    told = [_tell(planted, one, client) for planted, one in _chosen(resources)]
    console.print(
        f"  {len(told)} changes by hand, each told by its property; {sum(told)} were mended by what was printed"
    )


def _mended(drifts: Sequence[Drift], client: ClientOf) -> Iterator[Drift]:
    for drift in drifts:
        if drift.path.partition(".")[0] in NOT_APPLIED and drift.mend is not None:
            _do(drift.mend, client)
            yield drift


def _do(call: Call, client: ClientOf) -> None:
    getattr(client(call.service), xform_name(call.operation))(**call.arguments)


def _chosen(resources: Sequence[Expected]) -> Iterator[tuple[Planted, Expected]]:
    """Yield each change with a resource for it, another one each time as long as there are some."""
    used = Counter[str]()
    for planted in PLANTED:
        fitting = [one for one in resources if planted.fits(one)]
        if fitting:
            yield planted, fitting[used[planted.type] % len(fitting)]
            used[planted.type] += 1


def _tell(planted: Planted, one: Expected, client: ClientOf) -> bool:
    """Make a change: it alone must be told, and the request that is printed for it must mend it. Return whether there
    is one: for what is not there is none. Raises DeployCheckFailed."""
    planted.change(client, one)
    drifts = look([one], client).drifts
    if [drift.path.partition(".")[0] for drift in drifts] != [planted.property]:
        said = [drift.sentence for drift in drifts]
        raise DeployCheckFailed(f"{planted.what}, {one.name}, and the doctor says {said or 'nothing'}")
    mend = drifts[0].mend
    if (mend is None) != (planted.property == GONE):
        raise DeployCheckFailed(f"{planted.what}, and what mends it is {mend}")
    if mend is not None:
        _do(mend, client)
        if left := look([one], client).drifts:
            raise DeployCheckFailed(f"{planted.what}, and what was printed leaves {left[0].sentence}")
    return mend is not None
