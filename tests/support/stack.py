"""The embedded stack under its supervisor: what `sophia up` starts, its parts killed at will."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sophia.core import registry
from sophia.settings import Settings
from tests.support.waiting import eventually

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

    def __init__(self, home: Path, *, port_base: int, provider_url: str) -> None:
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

    async def run(self, *arguments: str, timeout_s: float = 30) -> str:
        """Run a command to its end and give what it printed."""
        process = await asyncio.create_subprocess_exec(
            *_COMMAND,
            *arguments,
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(timeout_s):
            out, err = await process.communicate()
        if not out and process.returncode:
            raise RuntimeError(f"sophia {' '.join(arguments)}: {err.decode()}")
        return out.decode().strip()

    async def part(self, name: str) -> Part:
        """Look a part up."""
        told = json.loads(await self.run("status", "--json"))
        (found,) = [one for one in told["parts"] if one["name"] == name]
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
        """Say whether every part is ready."""
        return bool(json.loads(await self.run("status", "--json"))["is_ready"])


@asynccontextmanager
async def running_stack(home: Path, *, port_base: int, provider_url: str) -> AsyncGenerator[Stack]:
    """Start a stack, and end it and all of its processes afterwards."""
    stack = Stack(home, port_base=port_base, provider_url=provider_url)
    try:
        await stack.run("up", "--detach", timeout_s=_UP_TIMEOUT_S)
        await eventually(stack.is_ready, timeout_s=_UP_TIMEOUT_S)
        yield stack
    finally:
        await stack.run("down", timeout_s=_UP_TIMEOUT_S)
