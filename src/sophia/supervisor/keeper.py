"""Keeping one part running: started, watched, started again with growing waits, stopped."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from sophia.kit.clock import Clock
from sophia.supervisor import child, logs
from sophia.supervisor.child import Child
from sophia.supervisor.part import Backoff, Part, State
from sophia.supervisor.state import PartView

_FIRST_PROBES_S = 0.05
_WATCH_S = 5.0


class Keeper:
    """Keeps one part running until told to stop; tells `on_change` of every change."""

    def __init__(
        self,
        part: Part,
        *,
        log: Path,
        clock: Clock,
        backoff: Backoff,
        on_change: Callable[[], None],
    ) -> None:
        """Take a part; nothing starts before `keep`."""
        self.part = part
        self.is_ready = asyncio.Event()
        self.started_at: float | None = None
        self._log = log
        self._clock = clock
        self._backoff = backoff
        self._on_change = on_change
        self._child: Child | None = None
        self._state = State.STARTING
        self._detail = ""
        self._restarts = 0
        self._failures = 0
        self._offset = 0
        self._told: PartView | None = None

    @property
    def view(self) -> PartView:
        """Give how the part is now."""
        return PartView(
            name=self.part.name,
            state=self._state,
            port=self.part.port,
            pid=self._child.pid if self._child else None,
            created=self._child.created if self._child else None,
            restarts=self._restarts,
            detail=self._detail,
        )

    async def keep(self) -> None:
        """Run the part, again and again."""
        while True:
            try:
                why = await self._run_once()
            except OSError as error:
                why = f"cannot be started: {error.strerror}"
            await self._rest(why)

    async def stop(self, *, hasten: asyncio.Event) -> None:
        """Stop the part, within its time; call it once `keep` is cancelled."""
        if self._child is not None:
            await self._child.stop(timeout_s=self.part.stop_timeout_s, hasten=hasten)
            self._child = None
        self.is_ready.clear()
        self._change(State.STOPPED, "")

    async def _run_once(self) -> str:
        """Start the part and watch it to its end; say how it ended."""
        logs.keep_small(self._log)
        self._offset = self._log.stat().st_size if self._log.is_file() else 0
        running = await child.start(
            self.part.launch, log=self._log, environment=self.part.environment
        )
        self._child = running
        self.started_at = self._clock.monotonic()
        self._change(State.RESTARTING if self._restarts else State.STARTING, self._detail)
        watching = asyncio.create_task(self._watch())
        ending = asyncio.create_task(running.wait())
        try:
            await asyncio.wait([watching, ending], return_when=asyncio.FIRST_COMPLETED)
            if not ending.done():
                # It hangs: nothing is won by asking it kindly for long.
                await running.stop(timeout_s=5, hasten=asyncio.Event())
                return watching.result()
            return self._ending(await ending)
        finally:
            watching.cancel()
            ending.cancel()
            await asyncio.wait([watching, ending])

    async def _watch(self) -> str:
        """Probe the part; end, saying why, only if it does not get ready in its time."""
        deadline = self._clock.monotonic() + self.part.start_timeout_s
        while not await self.part.probe():
            if self._clock.monotonic() > deadline:
                return f"was not ready after {self.part.start_timeout_s:.0f} s"
            await self._clock.sleep(_FIRST_PROBES_S)
        while True:
            if await self.part.probe():
                self._change(State.READY, "")
                self.is_ready.set()
            else:
                self.is_ready.clear()
                self._change(State.STARTING, "does not answer its health check")
            await self._clock.sleep(_WATCH_S)
            logs.keep_small(self._log)

    def _ending(self, code: int) -> str:
        how = f"ended by signal {-code}" if code < 0 else f"ended with code {code}"
        said = logs.last_line(self._log, after=self._offset)
        return f"{how}: {said}" if said else how

    async def _rest(self, why: str) -> None:
        lasted_s = self._clock.monotonic() - self.started_at if self.started_at is not None else 0.0
        self._failures = 1 if lasted_s >= self._backoff.healthy_s else self._failures + 1
        self._child = None
        self.started_at = None
        self.is_ready.clear()
        is_hopeless = self._backoff.is_hopeless(self._failures)
        self._change(State.FAILED if is_hopeless else State.RESTARTING, why)
        await self._clock.sleep(self._backoff.delay_s(self._failures))
        self._restarts += 1

    def _change(self, state: State, detail: str) -> None:
        self._state = state
        self._detail = detail
        view = self.view
        if view != self._told:
            self._told = view
            self._on_change()
