"""A server that is a command, kept: started when wanted, again after it died, stopped when idle."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import structlog
from mcp import MCPError
from mcp.client import Transport

from sophia.kit.clock import Clock
from sophia.kit.errors import SophiaError
from sophia.stdio_servers.child import Child
from sophia.stdio_servers.command import Command, Limits
from sophia.stdio_servers.errors import ServerSilentError, StdioServerError

_log = structlog.get_logger()
_LOOK_AGAIN_S = 1.0
_MAX_DOUBLINGS = 16

type OpenSession[S] = Callable[[Transport], AbstractAsyncContextManager[S]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a server is waited for, kept and left alone."""

    start_timeout_s: float = 60.0
    idle_timeout_s: float = 600.0
    first_delay_s: float = 1.0
    max_delay_s: float = 300.0
    steady_s: float = 60.0  # a run this long was no failure


@dataclass(frozen=True, slots=True)
class _Run[S]:
    session: S
    child: Child


class StdioServer[S]:
    """One server, for everybody who calls it: a single child, a single session.

    `run` is to be kept running beside; it alone opens and closes the session, since a session's
    task groups must end in the task in which they began.
    """

    def __init__(
        self,
        command: Command,
        open_session: OpenSession[S],
        *,
        clock: Clock,
        limits: Limits | None = None,
        patience: Patience | None = None,
    ) -> None:
        """Say what it is and how a session is opened over its transport; nothing starts yet."""
        self.command = command
        self._open_session = open_session
        self._clock = clock
        self._limits = limits or Limits()
        self._patience = patience or Patience()
        self._is_wanted = asyncio.Event()
        self._run: asyncio.Future[_Run[S]] | None = None
        self._child: Child | None = None
        self._users = 0
        self._used_at = 0.0
        self._failures = 0
        self._failure: StdioServerError | None = None
        self._rests_until = 0.0

    @property
    def is_running(self) -> bool:
        """Say whether there is a session."""
        return self._run is not None and self._run.done()

    @property
    def is_starting(self) -> bool:
        """Say whether somebody waits for a session."""
        return self._run is not None and not self._run.done()

    @property
    def last_words(self) -> list[str]:
        """Give the end of what it said beside the protocol, of this run or the last."""
        return [] if self._child is None else self._child.tail.lines

    async def run(self) -> None:
        """Start it whenever it is wanted, until cancelled."""
        while True:
            await self._is_wanted.wait()
            self._is_wanted.clear()
            if self._run is not None:
                await self._run_once(self._run)

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[S]:
        """Give the session, started if need be; raises StdioServerError.

        A request that was under way when the server died is not made again: nobody knows what it
        did.
        """
        self._users += 1
        try:
            found = await self._found()
            try:
                yield found.session
            except MCPError as error:
                if found.child.has_ended.is_set():
                    raise found.child.failure() from error
                raise
        finally:
            self._users -= 1
            self._used_at = self._clock.monotonic()

    async def _found(self) -> _Run[S]:
        if self._run is None:
            if self._failure is not None and self._clock.monotonic() < self._rests_until:
                raise type(self._failure)(self._failure.message, **self._failure.facts)
            self._run = asyncio.get_running_loop().create_future()
            self._is_wanted.set()
        try:
            async with asyncio.timeout(self._patience.start_timeout_s + _LOOK_AGAIN_S):
                return await asyncio.shield(self._run)
        except TimeoutError as error:
            raise self._silent() from error

    async def _run_once(self, run: asyncio.Future[_Run[S]]) -> None:
        """Run it until it ends or nobody needs it."""
        child = self._child = Child(self.command, limits=self._limits)
        began_at, is_over = self._clock.monotonic(), False
        try:
            async with AsyncExitStack() as stack:
                async with asyncio.timeout(self._patience.start_timeout_s):
                    session = await stack.enter_async_context(self._open_session(child))
                self._used_at = self._clock.monotonic()
                run.set_result(_Run(session, child))
                await self._until_over(child)
                self._run, is_over = None, True  # whoever comes now waits for the next run
                if child.has_ended.is_set():
                    self._rest(child.failure(), began_at=began_at)
        except* (SophiaError, MCPError, OSError, ValueError, RuntimeError) as failures:
            if not is_over:
                self._rest(self._failure_of(child, failures), began_at=began_at)
        finally:
            if self._run is run:
                self._run = None
            if not run.done():
                run.set_exception(self._failure or child.failure())
                run.exception()  # seen, also if everybody has gone meanwhile

    async def _until_over(self, child: Child) -> None:
        while not child.has_ended.is_set():
            idle_s = self._clock.monotonic() - self._used_at
            if self._users == 0 and idle_s >= self._patience.idle_timeout_s:
                return
            try:
                async with asyncio.timeout(min(_LOOK_AGAIN_S, self._patience.idle_timeout_s)):
                    await child.has_ended.wait()
            except TimeoutError:
                continue

    def _failure_of(self, child: Child, failures: ExceptionGroup) -> StdioServerError:
        if failures.subgroup(TimeoutError) is not None:
            return self._silent()
        if child.has_ended.is_set():
            return child.failure()
        said = "; ".join(str(one) or type(one).__name__ for one in failures.exceptions)
        return StdioServerError(f"{self.command.name} does not run: {said}.")

    def _silent(self) -> StdioServerError:
        return ServerSilentError(
            f"{self.command.name} did not begin to speak within"
            f" {self._patience.start_timeout_s:.0f} s: look at what it last said.",
            server=self.command.name,
        )

    def _rest(self, failure: StdioServerError, *, began_at: float) -> None:
        """Leave it alone for a while, longer each time."""
        now, patience = self._clock.monotonic(), self._patience
        self._failures = 1 if now - began_at > patience.steady_s else self._failures + 1
        doubled_s = patience.first_delay_s * 2 ** min(self._failures - 1, _MAX_DOUBLINGS)
        delay_s = min(patience.max_delay_s, doubled_s)
        self._failure, self._rests_until = failure, now + delay_s
        _log.warning(
            "stdio.server.failed",
            server=self.command.name,
            code=failure.code,
            reason=failure.message,
            again_in_s=delay_s,
        )
