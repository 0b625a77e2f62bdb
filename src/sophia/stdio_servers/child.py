"""A running server, as mcp's client takes it: a transport."""

import asyncio
import os
import signal
from collections.abc import Coroutine
from contextlib import suppress
from types import TracebackType

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter

from sophia.stdio_servers.command import Command, Limits, under_warden
from sophia.stdio_servers.errors import (
    CommandUnknownError,
    ServerEndedError,
    ServerExcessiveError,
    StdioServerError,
)
from sophia.stdio_servers.tail import Tail

_PIECE_BYTES = 64 * 1024
_MAX_BABBLE_LINES = 1000
_KILL_TIMEOUT_S = 10.0
_REPORT_TIMEOUT_S = 1.0
_EXCESSES = {
    "processes": "too many processes",
    "memory": "too much memory",
    f"signal {signal.SIGXCPU.value}": "too much time of the processor",
    f"signal {signal.SIGXFSZ.value}": "too large a file",
    "message": "too large a message",
    "babble": "too much that is not JSON-RPC on its standard output",
}

type Incoming = SessionMessage | Exception
type Streams = tuple[MemoryObjectReceiveStream[Incoming], MemoryObjectSendStream[SessionMessage]]


class Child:
    """One run of a server, for as long as the block lasts.

    Its standard error is kept in a tail. Lines of its standard output that are no messages go there
    too: many a server greets before it speaks.
    """

    def __init__(self, command: Command, *, limits: Limits | None = None) -> None:
        """Say what will be run; nothing is yet."""
        self.command = command
        self.limits = limits or Limits()
        self.tail = Tail()
        self.has_ended = asyncio.Event()
        self._ending = ""
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Streams:
        """Start it; raises StdioServerError."""
        self._report, report = os.pipe()
        os.set_blocking(self._report, False)
        try:
            self._process = await self._spawn(report)
        except (OSError, ValueError) as error:
            os.close(self._report)
            raise StdioServerError(f"{self.command.name} cannot be started: {error}.") from error
        finally:
            os.close(report)
        into, incoming = anyio.create_memory_object_stream[Incoming](0)
        outgoing, out_of = anyio.create_memory_object_stream[SessionMessage](0)
        self._streams = (into, incoming, outgoing, out_of)
        self._begin(self._read(into), self._write(out_of), self._listen())
        return incoming, outgoing

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it and everything below it: by the end of its input, by request, by force."""
        with anyio.CancelScope(shield=True):
            try:
                await self._stop()
            finally:
                if self._process.returncode is None:
                    self._process.terminate()  # even unobserved, the warden ends the tree
                for task in self._tasks:
                    task.cancel()
                await asyncio.gather(*self._tasks, return_exceptions=True)
                for stream in self._streams:
                    stream.close()
                self._note()
                os.close(self._report)

    def failure(self) -> StdioServerError:
        """Say in an error why it has ended."""
        self._note()
        name = self.command.name
        if self._ending == "unknown":
            return CommandUnknownError(
                f"There is no command {self.command.command} on this machine: install it, or name"
                " it by its full path.",
                server=name,
            )
        if excess := _EXCESSES.get(self._ending):
            return ServerExcessiveError(
                f"{name} took {excess}: raise its limits, or mend it.", server=name
            )
        return ServerEndedError(
            f"{name} has ended ({self._ending or 'it closed its output'}): look at what it last"
            " said; it is started again in a while.",
            server=name,
        )

    async def _spawn(self, report: int) -> asyncio.subprocess.Process:
        command = self.command
        command.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        return await asyncio.create_subprocess_exec(
            *under_warden(command, self.limits, report=report),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=command.whole_environment(),
            cwd=command.home,
            limit=self.limits.message_bytes,
            pass_fds=(report,),
            start_new_session=True,
        )

    def _begin(self, *coroutines: Coroutine[None, None, None]) -> None:
        self._tasks = [asyncio.create_task(one) for one in coroutines]

    async def _read(self, into: MemoryObjectSendStream[Incoming]) -> None:
        output = self._process.stdout
        if output is None:
            return
        try:
            await self._read_messages(output, into)
            if not self._ending:
                await self._hear_report()
        finally:
            into.close()
            self.has_ended.set()
        # Until its output is taken, it can neither end by itself nor be seen to have ended.
        while await output.read(_PIECE_BYTES):
            pass

    async def _read_messages(
        self, output: asyncio.StreamReader, into: MemoryObjectSendStream[Incoming]
    ) -> None:
        babbled_lines = 0
        with suppress(asyncio.IncompleteReadError, anyio.BrokenResourceError):
            while True:
                try:
                    line = await output.readuntil(b"\n")
                except asyncio.LimitOverrunError:
                    self._ending = "message"
                    return
                try:
                    message = jsonrpc_message_adapter.validate_json(line, by_name=False)
                except ValueError:
                    self.tail.add(line)
                    babbled_lines += 1
                    if babbled_lines > _MAX_BABBLE_LINES:
                        self._ending = "babble"
                        return
                else:
                    await into.send(SessionMessage(message))

    async def _write(self, out_of: MemoryObjectReceiveStream[SessionMessage]) -> None:
        into = self._process.stdin
        if into is None:
            return
        with suppress(ConnectionError):
            async for one in out_of:
                said = one.message.model_dump_json(by_alias=True, exclude_unset=True)
                into.write(said.encode() + b"\n")
                await into.drain()

    async def _listen(self) -> None:
        errors = self._process.stderr
        while errors is not None and (said := await errors.read(_PIECE_BYTES)):
            self.tail.add(said)

    async def _stop(self) -> None:
        process, patience_s = self._process, self.limits.stop_timeout_s
        if process.stdin is not None:
            process.stdin.close()
        if self._ending not in {"message", "babble"} and await self._is_gone(patience_s):
            return
        with suppress(ProcessLookupError):
            process.terminate()
        if not await self._is_gone(patience_s + _KILL_TIMEOUT_S):
            process.kill()

    async def _is_gone(self, within_s: float) -> bool:
        try:
            async with asyncio.timeout(within_s):
                await self._process.wait()
        except TimeoutError:
            return False
        return True

    async def _hear_report(self) -> None:
        """Wait for the warden's word, which comes a moment after the end of the output."""
        loop, is_there = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._report, is_there.set)
        try:
            async with asyncio.timeout(_REPORT_TIMEOUT_S):
                await is_there.wait()
        except TimeoutError:
            return
        finally:
            loop.remove_reader(self._report)
            self._note()

    def _note(self) -> None:
        """Take in how it ended, if the warden has said so."""
        with suppress(OSError):
            self._ending = self._ending or os.read(self._report, 64).decode()
