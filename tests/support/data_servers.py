"""A PostgreSQL and a Valkey of a test's own, to be killed and started again; durable as shipped."""

import asyncio
import contextlib
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psutil
import psycopg
from psycopg import sql
from redis import Redis
from redis.exceptions import RedisError

from sophia.embedded import home, postgres, valkey
from sophia.embedded.launch import Launch
from tests.support import servers
from tests.support.waiting import eventually

PASSWORD = "only-for-tests"
_START_TIMEOUT_S = 30
_CHUNK_BYTES = 64 * 1024


class DataServers:
    """The two servers behind a desk, named `postgres` and `redis`."""

    def __init__(self, *, disk_mb: int | None = None) -> None:
        """With `disk_mb` on a disk of their own, where this process may mount one."""
        # As root they run as another user, who cannot enter pytest's own folders.
        self._folder = Path(tempfile.mkdtemp(prefix="sophia-test-"))
        self._folder.chmod(0o755)
        self.ports = {"postgres": servers.free_port(), "redis": servers.free_port()}
        self._launches: dict[str, Launch] = {}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.has_own_disk = disk_mb is not None and _mount(self._folder, disk_mb)

    async def start(self) -> None:
        """Prepare both and start them."""
        home_folder = self._folder / "data"
        await asyncio.to_thread(home.prepare, home_folder)
        for name, prepare in (("postgres", postgres.prepare), ("redis", valkey.prepare)):
            self._launches[name] = await asyncio.to_thread(
                prepare, home_folder, port=self.ports[name], password=PASSWORD
            )
            await self.start_one(name)

    async def start_one(self, name: str) -> None:
        """Start a server and wait until it answers."""
        self._spawn(name)
        await eventually(lambda: self._answers(name), timeout_s=_START_TIMEOUT_S)

    def _spawn(self, name: str) -> None:
        launch = self._launches[name]
        with (self._folder / f"{name}.log").open("ab") as output:
            self._processes[name] = subprocess.Popen(
                launch.argv,
                cwd=launch.cwd,
                user=launch.uid,
                group=launch.gid,
                extra_groups=[] if launch.uid is not None else None,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    async def kill(self, name: str) -> None:
        """End a server as a crash would, and wait until all of its processes are gone."""
        await self._end(name, signal.SIGKILL)

    async def stop(self, name: str) -> None:
        """End a server as an operator's fast restart would."""
        await self._end(name, self._launches[name].stop_signal)

    async def restart(self, name: str) -> None:
        """Stop a server fast and start it again."""
        await self.stop(name)
        await self.start_one(name)

    async def close(self) -> None:
        for name in list(self._processes):
            await self.kill(name)
        if self.has_own_disk:
            await asyncio.to_thread(_unmount, self._folder)
        shutil.rmtree(self._folder)

    def fill_disk(self) -> None:
        """Leave nothing free on the servers' own disk."""
        filler = self._folder / "filler"
        with filler.open("ab") as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(_CHUNK_BYTES))
                file.flush()

    def free_disk(self) -> None:
        """Take away what filled it."""
        (self._folder / "filler").unlink()

    async def revive(self) -> None:
        """Start what ended by itself, as the supervisor does."""
        for name, process in list(self._processes.items()):
            if process.poll() is not None:
                await self.start_one(name)

    def create_database(self, name: str) -> None:
        """Make an empty database."""
        with psycopg.connect(self.database_url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def database_url(self, name: str, *, port: int | None = None) -> str:
        """Give a database's URL, past any proxy unless its port is given."""
        at = port or self.ports["postgres"]
        return f"postgresql://{postgres.ROLE}:{PASSWORD}@127.0.0.1:{at}/{name}"

    def redis_url(self, *, port: int | None = None) -> str:
        """Give the URL of Redis, past any proxy unless its port is given."""
        return f"redis://:{PASSWORD}@127.0.0.1:{port or self.ports['redis']}/0"

    async def _end(self, name: str, number: signal.Signals) -> None:
        process = self._processes.pop(name)
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(number)
        await asyncio.to_thread(process.wait, 30)
        # A PostgreSQL that was killed leaves its backends for a moment, and its port with them.
        await eventually(lambda: _are_gone(children), timeout_s=10)

    async def _answers(self, name: str) -> bool:
        try:
            if name == "postgres":
                url = self.database_url("postgres")
                connection = await psycopg.AsyncConnection.connect(url, connect_timeout=2)
                await connection.close()
            else:
                with Redis.from_url(self.redis_url()) as client:
                    client.ping()
        except (psycopg.OperationalError, RedisError):
            return False
        return True


def _mount(folder: Path, size_mb: int) -> bool:
    options = f"size={size_mb}m,mode=755"
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _unmount(folder: Path) -> None:
    subprocess.run(["umount", str(folder)], check=True)


async def _are_gone(processes: list[psutil.Process]) -> bool:
    return not any(process.is_running() for process in processes)
