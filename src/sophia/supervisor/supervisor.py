"""Starting the whole stack in order, keeping it, and stopping it so that no process is left."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sophia.kit.clock import Clock
from sophia.supervisor import child, logs, state
from sophia.supervisor.errors import UpgradeFailedError
from sophia.supervisor.keeper import Keeper
from sophia.supervisor.part import Backoff, Part, Stack
from sophia.supervisor.state import StackView

type Observer = Callable[[StackView], None]

_UPGRADE_TIMEOUT_S = 600


class Supervisor:
    """Runs a stack until told to stop."""

    def __init__(
        self,
        stack: Stack,
        *,
        home: Path,
        clock: Clock,
        backoff: Backoff | None = None,
        observe: Observer = lambda _view: None,
    ) -> None:
        """Take a stack; nothing starts before `run`."""
        self.is_ready = asyncio.Event()
        self._stack = stack
        self._home = home
        self._clock = clock
        self._backoff = backoff or Backoff()
        self._observe = observe
        self._told_to_stop = asyncio.Event()
        self._hasten = asyncio.Event()
        self._servers = [self._keeper(part) for part in stack.servers]
        self._keeping: list[asyncio.Task[None]] = []
        self._processes = [self._keeper(part) for part in stack.processes]

    @property
    def view(self) -> StackView:
        """Give how everything is now."""
        return state.view_of([keeper.view for keeper in self.keepers])

    @property
    def keepers(self) -> list[Keeper]:
        """Give the keepers of all parts, in the order in which they are shown."""
        return [*self._servers, *self._processes]

    def stop(self) -> None:
        """Ask for an orderly stop; asked again, hurry."""
        if self._told_to_stop.is_set():
            self._hasten.set()
        self._told_to_stop.set()

    async def run(self) -> None:
        """Start everything, keep it until told to stop, and stop it.

        Raises UpgradeFailedError, after everything is stopped.
        """
        for part in self._stack.parts:
            logs.rotate_at_start(logs.path_of(self._home, part.name))
        starting = asyncio.create_task(self._start())
        stopping = asyncio.create_task(self._told_to_stop.wait())
        try:
            await asyncio.wait([starting, stopping], return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                await stopping
        finally:
            tasks: list[asyncio.Task[Any]] = [starting, stopping, *self._keeping]
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            await self._stop_all()
        for task in self._keeping:
            if not task.cancelled():
                task.result()  # raises what ended it: a keeper never ends by itself

    async def _start(self) -> None:
        await self._keep(self._servers)
        await self._upgrade()
        await self._keep(self._processes)
        self.is_ready.set()

    async def _keep(self, keepers: list[Keeper]) -> None:
        """Keep parts from now on; return when all are ready."""
        for keeper in keepers:
            task = asyncio.create_task(keeper.keep())
            task.add_done_callback(lambda _: self._told_to_stop.set())
            self._keeping.append(task)
        for keeper in keepers:
            await keeper.is_ready.wait()

    async def _stop_all(self) -> None:
        for keeper in self._processes:
            await keeper.stop(hasten=self._hasten)
        async with asyncio.TaskGroup() as group:
            for keeper in self._servers:
                group.create_task(keeper.stop(hasten=self._hasten))

    async def _upgrade(self) -> None:
        if self._stack.upgrade is None:
            return
        log = logs.path_of(self._home, "upgrade")
        logs.rotate_at_start(log)
        before = log.stat().st_size if log.is_file() else 0
        running = await child.start(
            self._stack.upgrade, log=log, environment=self._stack.environment
        )
        try:
            async with asyncio.timeout(_UPGRADE_TIMEOUT_S):
                code = await running.wait()
        finally:
            await running.stop(timeout_s=5, hasten=self._hasten)
        if code != 0:
            said = logs.last_line(log, after=before) or f"it ended with code {code}"
            raise UpgradeFailedError(f"The database schema could not be brought up to date: {said}")

    def _keeper(self, part: Part) -> Keeper:
        return Keeper(
            part,
            log=logs.path_of(self._home, part.name),
            clock=self._clock,
            backoff=self._backoff,
            on_change=self._changed,
        )

    def _changed(self) -> None:
        view = self.view
        # A full disk must not bring down what runs: the state is then old until there is room.
        with contextlib.suppress(OSError):
            state.write(self._home, view)
        self._observe(view)
