"""The embedded stack under its supervisor: what `sophia up` starts, its parts killed at will."""

import asyncio
import fcntl
import json
import os
import shutil
import signal
import sys
import termios
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from sophia.core import registry
from sophia.settings import Settings
from sophia.supervisor import state
from tests.support import servers
from tests.support.desk import Done

_COMMAND = (sys.executable, "-m", "sophia.cli.main")
_UP_TIMEOUT_S = 90


@dataclass(frozen=True, slots=True)
class Part:
    """One process of the stack, as `sophia status --json` shows it."""

    name: str
    state: str
    pid: int | None
    restarts: int


class Stack:
    """A stack of its own: home, ports, database, cache, processes."""

    def __init__(
        self,
        home: Path,
        *,
        number: int,
        provider_url: str = "http://127.0.0.1:1",
        prefix: Sequence[str] = (),
    ) -> None:
        """A prefix is a command that runs ours, such as one that gives its rights up."""
        # Other bases than those of the desks of the same run.
        port_base = servers.free_port_base(number + 32)
        self.home = home
        self._command = (*prefix, *_COMMAND)
        self._environment = {
            **os.environ,  # noqa: TID251 - the processes' own configuration
            "SOPHIA_HOME": str(home),
            "SOPHIA_PORT_BASE": str(port_base),
            "OPENAI_API_KEY": "for-tests",
            "OPENAI_BASE_URL": provider_url,
            "SOPHIA_OLLAMA_URL": "http://127.0.0.1:1",
            "SOPHIA_VLLM_URL": "http://127.0.0.1:1",
        }
        for name in ("DATABASE_URL", "REDIS_URL"):
            self._environment.pop(name, None)
        self.settings = Settings(home=home, port_base=port_base, secrets_dir=home / "none")
        self.url = f"http://127.0.0.1:{self.settings.port(registry.API_PORT)}"

    async def attempt(self, *arguments: str, timeout_s: float = _UP_TIMEOUT_S) -> Done:
        """Run a command to its end, however it ends."""
        process = await self.begin(*arguments)
        try:
            async with asyncio.timeout(timeout_s):
                out, err = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise
        return Done(process.returncode or 0, out.decode(), err.decode())

    async def run(self, *arguments: str) -> str:
        """Run a command that must succeed, and give what it printed."""
        done = await self.attempt(*arguments)
        if done.code:
            raise RuntimeError(f"sophia {' '.join(arguments)}: {done.err}{done.out}")
        return done.out.strip()

    async def begin(
        self, *arguments: str, terminal: int | None = None, out: int | None = None
    ) -> Process:
        """Start a command, on a terminal of its own or with another output where it is given."""
        pipe = asyncio.subprocess.PIPE
        out = out if terminal is None else terminal
        return await asyncio.create_subprocess_exec(
            *self._command,
            *arguments,
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL if terminal is None else terminal,
            stdout=pipe if out is None else out,
            stderr=pipe if terminal is None else terminal,
            start_new_session=terminal is not None,
            preexec_fn=None if terminal is None else take_terminal,
        )

    async def remove(self) -> None:
        """Stop what runs and delete the data, which for root may lie outside of the home."""
        await self.run("down")
        for folder in self.folders()[1:]:
            shutil.rmtree(folder, ignore_errors=True)

    def folders(self) -> list[Path]:
        """Give the home, and where root has put the servers' data if not there."""
        named = self.home / "data-folder"
        return [self.home, *([Path(named.read_text())] if named.is_file() else [])]

    def processes(self) -> list[str]:
        """Give whatever runs for this home, known by its folder or its environment."""
        found: list[str] = []
        for process in psutil.process_iter():
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                told = process.environ().get("SOPHIA_HOME")
                cwd = Path(process.cwd() or "/")
                is_ours = told == str(self.home) or any(map(cwd.is_relative_to, self.folders()))
                if is_ours and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(f"{process.pid} {process.name()}")
        return found

    async def status(self) -> Any:
        """Give what `sophia status --json` says."""
        return json.loads((await self.attempt("status", "--json")).out)

    async def roots(self) -> list[int]:
        """Give the processes of the supervisor and of its parts."""
        told = await self.status()
        pids = [told["pid"], *(part["pid"] for part in told["parts"])]
        return [pid for pid in pids if pid is not None]

    async def pids(self) -> list[int]:
        """Give every process of the stack, the children of its parts included."""
        found = [psutil.Process(pid) for pid in await self.roots()]
        children = [child for process in found for child in process.children(recursive=True)]
        return sorted({process.pid for process in (*found, *children)})

    async def part(self, name: str) -> Part:
        """Look a part up."""
        (found,) = [one for one in (await self.status())["parts"] if one["name"] == name]
        return Part(name, found["state"], found["pid"], found["restarts"])

    async def kill(self, name: str) -> None:
        """End a part as a crash would; the supervisor starts it again."""
        self.signal(await self.part(name), signal.SIGKILL)

    @staticmethod
    def signal(part: Part, number: signal.Signals) -> None:
        """Send a part a signal."""
        if part.pid is None:
            raise RuntimeError(f"{part.name} is {part.state}: there is no process")
        os.kill(part.pid, number)

    async def is_ready(self) -> bool:
        """Say whether every part is ready; cheap to ask, so that what starts is not slowed."""
        view = state.running(self.home)
        return view is not None and view.is_ready


def take_terminal() -> None:
    """Make standard input the terminal that this session hears Ctrl-C from."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def living(pids: list[int]) -> list[int]:
    """Give those that run; who has ended and is only not yet fetched by its parent does not."""
    return [pid for pid in pids if _is_running(pid)]


def _is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@asynccontextmanager
async def running_stack(
    home: Path, *arguments: str, number: int, provider_url: str = "http://127.0.0.1:1"
) -> AsyncGenerator[Stack]:
    """Start a stack with these options, and end it and all of its processes afterwards."""
    stack = Stack(home, number=number, provider_url=provider_url)
    try:
        await stack.run("up", "--detach", *arguments)
        yield stack
    finally:
        await stack.remove()
