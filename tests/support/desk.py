"""A whole Sophia of real processes: API, worker and memory server on the run's database."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import insert
from websockets.asyncio.client import ClientConnection, connect

from sophia.core import registry
from sophia.embedded import home
from sophia.identity.service import IdentityService
from sophia.kit.clock import SystemClock
from sophia.kit.ids import UserId, uuid7
from sophia.kit.tokens import Signer, Verifier
from sophia.settings import Settings
from sophia.store.database import Database
from sophia.store.tables.identity import UserRow
from tests.support import servers
from tests.support.waiting import eventually

_START_TIMEOUT_S = 80
_PROBES = {
    "api": (registry.API_PORT, "/health/ready"),
    "worker": (registry.WORKER_PORT, "/health/ready"),
    "mcp": (registry.MCP_SERVERS["memory"].port, "/health"),
}
_COMMAND = (sys.executable, "-m", "sophia.cli.main")
_ARGUMENTS = {"api": ["api"], "worker": ["worker"], "mcp": ["mcp", "serve", "all"]}


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


class Desk:
    """The processes, and clients for them."""

    def __init__(  # noqa: PLR0913 - what a desk is made of, by keyword
        self,
        folder: Path,
        *,
        number: int,
        database_url: str,
        redis_url: str,
        provider_url: str | None,
        home_folder: Path | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """Without a provider's URL there is only the built-in assistant.

        A home may be shared: desks with one home, one database and one Redis are replicas.
        """
        self._folder = folder
        home_folder = home_folder or folder / "home"
        port_base = servers.free_port_base(number)
        self._environment = {
            **_inherited(),
            "SOPHIA_HOME": str(home_folder),
            "SOPHIA_PORT_BASE": str(port_base),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "SOPHIA_MCP_SEARCH_ABOVE": "1000",  # all servers together have more tools than usual
            "SOPHIA_DATABASE_POOL_SIZE": "4",  # several desks share one PostgreSQL
            "SOPHIA_OLLAMA_URL": "http://127.0.0.1:1",
            "SOPHIA_VLLM_URL": "http://127.0.0.1:1",
            "SOPHIA_MODEL_FIRST_CHUNK_TIMEOUT_S": "4",
            "SOPHIA_MODEL_GAP_TIMEOUT_S": "4",
            "SOPHIA_VISION_MODELS": "scripted-*",
            "SOPHIA_OUTGOING_ALLOWED_HOSTS": "127.0.0.1",  # where servers of others are in tests
            # Scripts hold what turns ask for.
            "SOPHIA_MODEL_TITLES": "false",
            "SOPHIA_MEMORY_LEARNING": "false",
            # Tests ask more in a minute than people do; those of the limits set their own.
            **{f"SOPHIA_LIMIT_{scope}": "1000000" for scope in ("ADDRESS", "USER", "KEY", "TOOL")},
        }
        if provider_url is not None:
            self._environment |= {"OPENAI_API_KEY": "for-tests", "OPENAI_BASE_URL": provider_url}
        self._environment |= variables or {}
        home.prepare(home_folder)
        self.settings = Settings(home=home_folder, port_base=port_base, secrets_dir=folder / "none")
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._database = Database(database_url, pool_size=2)
        signer = Signer(self.settings.secret("signing_key"))
        self.signer = signer
        self.identity = IdentityService(
            self._database,
            signer=signer,
            verifier=Verifier(signer.public_pem),
            pepper=self.settings.secret("pepper"),
            clock=SystemClock(),
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.port(registry.API_PORT)}"

    @property
    def worker_url(self) -> str:
        return f"http://127.0.0.1:{self.settings.port(registry.WORKER_PORT)}"

    async def start(self, *names: str, timeout_s: float = _START_TIMEOUT_S) -> None:
        """Start processes and wait until they are ready."""
        for name in names:
            self._spawn(name)
        async with httpx2.AsyncClient() as client:
            for name in names:
                await eventually(
                    lambda name=name: self._is_ready(client, name), timeout_s=timeout_s
                )

    def give(self, **variables: str) -> None:
        """Set variables of the processes that are started from now on."""
        self._environment |= variables

    def kill(self, name: str) -> None:
        """End a process as a crash would."""
        self._end(name, signal.SIGKILL)

    def terminate(self, name: str) -> None:
        """Ask a process to end, and wait until it has."""
        self._end(name, signal.SIGTERM)

    def pid(self, name: str) -> int:
        return self._processes[name].pid

    def is_running(self, name: str) -> bool:
        return name in self._processes

    async def end(self, name: str) -> int:
        """Ask a process to end, and give its exit code."""
        process = self._processes.pop(name)
        process.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(process.wait, 60)

    async def close(self) -> None:
        for name in list(self._processes):
            self.kill(name)
        await self._database.close()

    def log(self, name: str) -> str:
        return (self._folder / f"{name}.log").read_text()

    async def sign_in_link(self) -> str:
        """Make a one-time link for the owner."""
        token = await self.identity.issue_link(await self.identity.ensure_owner())
        return f"{self.settings.console_url}/sign-in#{token}"

    async def add_user(self, name: str = "Ada", *, role: str = "member") -> tuple[UserId, str]:
        """Make a user and give an access token."""
        user_id = UserId(uuid7())
        async with self._database.transaction() as writer:
            await writer.execute(
                insert(UserRow).values(
                    id=user_id, name=name, role=role, created_at=SystemClock().now()
                )
            )
        return user_id, await self.identity.mint_access(user_id, ttl_s=600)

    @asynccontextmanager
    async def client(self, token: str | None) -> AsyncGenerator[httpx2.AsyncClient]:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        async with httpx2.AsyncClient(base_url=self.url, headers=headers, timeout=10) as client:
            yield client

    @asynccontextmanager
    async def socket(self, token: str, session_id: str = "new") -> AsyncGenerator[ClientConnection]:
        url = f"{self.url.replace('http', 'ws')}/api/v1/ws/chat/{session_id}"
        headers = {"Authorization": f"Bearer {token}"}
        async with connect(url, additional_headers=headers, max_size=None) as socket:
            yield socket

    async def command(self, *arguments: str, said: str = "", **variables: str) -> Done:
        """Run a command of the command line to its end, with other variables where given."""
        process = await asyncio.create_subprocess_exec(
            *_COMMAND,
            *arguments,
            env=self._environment | variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        async with asyncio.timeout(60):  # a busy machine starts processes slowly
            out, err = await process.communicate(said.encode())
        return Done(process.returncode or 0, out.decode(), err.decode())

    async def _is_ready(self, client: httpx2.AsyncClient, name: str) -> bool:
        code = self._processes[name].poll()
        if code is not None:
            raise RuntimeError(f"{name} ended with {code}: {self.log(name)[-2000:]}")
        port, path = _PROBES[name]
        try:
            answer = await client.get(f"http://127.0.0.1:{self.settings.port(port)}{path}")
        except httpx2.TransportError:
            return False
        return answer.is_success

    def _spawn(self, name: str) -> None:
        with (self._folder / f"{name}.log").open("ab") as output:
            self._processes[name] = subprocess.Popen(
                [*_COMMAND, *_ARGUMENTS[name]],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def _end(self, name: str, number: signal.Signals) -> None:
        process = self._processes.pop(name)
        process.send_signal(number)
        process.wait(timeout=40)


def _inherited() -> dict[str, str]:
    """Give this process's environment without what would let the desk find a model."""
    model_prefixes = ("OPENAI_", "ANTHROPIC_", "SOPHIA_MODEL")
    environment = os.environ  # noqa: TID251 - the processes' own configuration
    return {
        name: value for name, value in environment.items() if not name.startswith(model_prefixes)
    }


async def frames(answer: httpx2.Response) -> AsyncIterator[tuple[str | None, Any]]:
    """Read server-sent events: (id, data); [DONE] comes as (None, None)."""
    event_id: str | None = None
    async for line in answer.aiter_lines():
        if line.startswith("id: "):
            event_id = line.removeprefix("id: ")
        elif line == "data: [DONE]":
            yield None, None
        elif line.startswith("data: "):
            yield event_id, json.loads(line.removeprefix("data: "))


async def received(socket: ClientConnection, *types: str) -> list[dict[str, Any]]:
    """Read a socket's frames up to the first one of these types."""
    seen: list[dict[str, Any]] = []
    async with asyncio.timeout(60):
        async for text in socket:
            seen.append(json.loads(text))
            if seen[-1]["type"] in types:
                return seen
    raise AssertionError(f"the socket closed before any of {types}: {seen}")
