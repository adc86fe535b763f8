"""A laptop AWS that changes while it runs: its state is given away and back, its stacks and its code are replaced."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable
from pathlib import Path

from ensemble.aws.account import Account
from ensemble.aws.assembly import read_assembly
from ensemble.aws.joints import Joints
from ensemble.aws.resources import NotRun, Resource, read_resources
from ensemble.laptop.clock import Clock
from ensemble.laptop.cloud import Cloud
from ensemble.laptop.deployment import deploy
from ensemble.laptop.functions import Function
from ensemble.laptop.given import Values
from ensemble.laptop.inspection import Inspection
from ensemble.laptop.process import Process
from ensemble.laptop.state import State, restore, state_of
from ensemble.laptop.takeover import TakenOver, adopt, compared, is_same, load, renewed


class Changing(Inspection):
    """What is deployed, and what can be put in its place."""

    _account: Account
    _clock: Clock
    _clock_module: str
    _process: Process
    _resources: list[Resource]
    _settings: Values

    @abstractmethod
    def _listen(self) -> None:
        """Follow what happens in the account that is deployed now."""

    def state(self) -> State:
        """Return what the laptop holds, as JSON can: rows, messages, events, and what is under way."""
        with self._process.lock:
            return state_of(self._cloud)

    def restore(self, state: State) -> list[str]:
        """Give the laptop, which must hold nothing yet, what another held; return what has no place in it."""
        with self._process.lock:
            return restore(self._cloud, state)

    def take_over(self, assembly: Path, settings: Values | None = None) -> TakenOver:
        """Deploy a changed assembly in the place of the present one, between two runs.

        Nothing is done when they are the same. What is the same in both keeps all it holds: rows, messages, archives,
        timers, and functions what they have in memory. `settings`: as before unless given. Raises LocalError, and the
        present one goes on.
        """
        while True:
            engine = self._cloud.engine
            engine.run(engine.can_be_replaced)  # what waits outside comes back to the present one
            with self._process.lock:
                if engine.can_be_replaced():
                    return self._take_over(assembly, self._settings if settings is None else settings)

    def replace_code(
        self,
        function_names: Iterable[str],
        directory: Path,
        is_fit: Callable[[Function, Function], bool] = lambda _old, _new: True,
    ) -> bool:
        """Run these functions from another directory of code, from their next invocation on; return whether they do.

        `is_fit` is asked about each function with the present and the other code, both loaded: if it says no of any,
        all run on as before. So they do when FunctionUnloadable is raised.
        """
        with self._process.lock:
            self._cloud.sandbox.leave()
            pairs = [(self._cloud.functions[one.name], one) for one in renewed(self._cloud, function_names, directory)]
            if not all(is_fit(old, new) for old, new in pairs):
                return False
            for old, new in pairs:
                old.adopt(new)
            return True

    def _take_over(self, assembly: Path, settings: Values) -> TakenOver:
        self._cloud.sandbox.leave()
        cloud, resources, not_run = self._deployed(assembly, settings)
        if adopt(self._cloud, cloud) and is_same(self._resources, resources):
            return TakenOver((), (), ())
        not_run += load(cloud)
        lost = restore(cloud, state_of(self._cloud))
        cloud.succeed(self._cloud)
        taken_over = compared(self._resources, resources, lost)
        self._cloud, self._resources, self.not_run, self._settings = cloud, resources, not_run, settings
        self._process.answer_with(cloud.answer, cloud.printed)
        self._listen()
        return taken_over

    def _deployed(self, assembly: Path, settings: Values) -> tuple[Cloud, list[Resource], list[NotRun]]:
        cloud = Cloud(self._account, self._clock, self._clock_module, settings, self._process)
        resources, not_run = read_resources(read_assembly(assembly), self._account)
        parts = deploy(cloud, resources)
        run = [one for one in resources if one.arn not in cloud.left_out]
        obstacles = [NotRun(f"stack {one.stack}", 1, one.what) for one in Joints(run).obstacles()]
        return cloud, resources, [*not_run, *parts, *obstacles]
