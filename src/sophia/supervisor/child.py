"""One child process: started so that it ends with us, and stopped for certain."""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

from sophia.embedded.launch import Launch
from sophia.supervisor import logs

_PR_SET_PDEATHSIG = 1
_KILL_TIMEOUT_S = 5


class Child:
    """A running process in a session of its own, so that a Ctrl-C reaches only us."""

    def __init__(self, process: asyncio.subprocess.Process, launch: Launch) -> None:
        """Hold a process just started."""
        self._process = process
        self._stop_signal = launch.stop_signal
        self.pid = process.pid
        self.created = _created(process.pid)

    @property
    def exit_code(self) -> int | None:
        """Give how it ended; none while it runs."""
        return self._process.returncode

    async def wait(self) -> int:
        """Wait until it ends."""
        return await self._process.wait()

    async def stop(self, *, timeout_s: float, hasten: asyncio.Event) -> None:
        """Ask it to stop; kill it when it takes too long or when there is no time to wait."""
        if self.exit_code is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(self._stop_signal)
            await self._wait_some(timeout_s, hasten)
        # Its session may hold more than itself; nothing of it shall stay.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.wait(), _KILL_TIMEOUT_S)

    async def _wait_some(self, timeout_s: float, hasten: asyncio.Event) -> None:
        ending = asyncio.create_task(self.wait())
        hastened = asyncio.create_task(hasten.wait())
        waits = [ending, hastened]
        await asyncio.wait(waits, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        hastened.cancel()
        await asyncio.wait(waits)


async def start(launch: Launch, *, log: Path, environment: Mapping[str, str] | None) -> Child:
    """Start a process that writes to a log; raises OSError when it cannot be started."""
    descriptor = logs.open_for(log)
    try:
        process = await asyncio.create_subprocess_exec(
            *launch.argv,
            cwd=launch.cwd,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            user=launch.uid,
            group=launch.gid,
            extra_groups=[] if launch.uid is not None else None,
            start_new_session=True,
            preexec_fn=_ends_with_us(launch.stop_signal),
        )
    finally:
        os.close(descriptor)
    return Child(process, launch)


def _ends_with_us(stop_signal: signal.Signals) -> Callable[[], None] | None:
    """Have Linux signal the child when we are gone, even by a kill -9."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)  # loaded here: a child between fork and exec loads nothing
    us = os.getpid()

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(stop_signal), 0, 0, 0)
        if os.getppid() != us:
            os._exit(1)

    return ask


def _created(pid: int) -> float | None:
    try:
        return psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return None
