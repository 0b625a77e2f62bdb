"""One embedded PostgreSQL and one Valkey per test run, shared by all its processes."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from fcntl import LOCK_EX, flock
from pathlib import Path

import psycopg
from psycopg import sql
from redis import Redis
from redis.exceptions import RedisError

from sophia.core import registry
from sophia.embedded import home, postgres, valkey
from sophia.embedded.launch import Launch
from sophia.store import migrate

# Below the range from which the system takes the ports of outgoing connections.
_FIRST_BASE, _LAST_BASE = 20_000, 31_000
# With it no port of one base is another's of 64: the servers' ports lie 1, 3, 60, 1000 … apart.
_STRIDE = 28
_RUN_BASES = 64 * _STRIDE  # for the stacks of one run; another run beside it finds others
_claims: dict[int, socket.socket] = {}
_FOLDER_VARIABLE = "SOPHIA_TEST_SERVERS"
_PASSWORD = "only-for-tests"
_START_TIMEOUT_S = 30
_POLL_S = 0.05
_TRUNCATE_ATTEMPTS = 50


@dataclass(frozen=True, slots=True)
class Servers:
    """Where they listen, and what to end."""

    postgres_port: int
    redis_port: int
    pids: list[int]

    def database_url(self, name: str) -> str:
        return (
            f"postgresql+psycopg://{postgres.ROLE}:{_PASSWORD}"
            f"@127.0.0.1:{self.postgres_port}/{name}"
        )

    def redis_url(self, number: int) -> str:
        return f"redis://:{_PASSWORD}@127.0.0.1:{self.redis_port}/{number}"


def open_folder() -> Path:
    """Make the folder of this run's servers; the processes of the run inherit its name."""
    folder = Path(tempfile.mkdtemp(prefix="sophia-test-"))
    folder.chmod(0o755)
    os.environ[_FOLDER_VARIABLE] = str(folder)  # noqa: TID251 - inherited by xdist's workers
    return folder


def close_folder(folder: Path) -> None:
    """End the servers, if any test started them."""
    state = folder / "servers.json"
    if state.is_file():
        for pid in Servers(**json.loads(state.read_text())).pids:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


def servers() -> Servers:
    """Give the run's servers; whoever asks first starts them."""
    folder = Path(os.environ[_FOLDER_VARIABLE])  # noqa: TID251 - set by open_folder
    state = folder / "servers.json"
    with (folder / "lock").open("w") as lock:
        flock(lock, LOCK_EX)
        if not state.is_file():
            draft = folder / "draft.json"
            draft.write_text(json.dumps(asdict(_start(folder))))
            draft.rename(state)
    return Servers(**json.loads(state.read_text()))


def create_database(name: str) -> str:
    """Make an empty database and give its URL."""
    found = servers()
    url = found.database_url("postgres").replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        quoted = sql.Identifier(name)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(quoted))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(quoted))
    return found.database_url(name)


def migrated_database(name: str) -> str:
    """Make a database with the whole schema and give its URL."""
    url = create_database(name)
    migrate.upgrade(url)
    return url


def empty(url: str) -> None:
    """Empty a database of what earlier tests left, while Sophia may be running over it."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        # Of two who wait for each other we give way, and soon: what runs there goes on.
        connection.execute("SET deadlock_timeout = '50ms'")
        for _ in range(_TRUNCATE_ATTEMPTS):
            with suppress(psycopg.errors.DeadlockDetected):
                connection.execute(
                    "TRUNCATE users, memories, embedding_models, teams, pin_sets, hook_deliveries,"
                    " hook_secrets, machine_samples CASCADE"
                )
                return
    raise RuntimeError("what runs over the database kept it from being emptied")


def free_port() -> int:
    """Give a port that nobody listens on now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Say whether nobody listens on a port."""
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def free_port_base(number: int) -> int:
    """Give a port base of which nobody uses the ports; each process of a run has its own."""
    ports = (
        registry.API_PORT,
        registry.CONSOLE_PORT,
        registry.WORKER_PORT,
        registry.POSTGRES_PORT,
        registry.REDIS_PORT,
        *(server.port for server in registry.MCP_SERVERS.values()),
    )
    for base in range(_FIRST_BASE + _STRIDE * number, _LAST_BASE, _RUN_BASES):
        if _claim(base) and all(is_free(registry.shifted(port, port_base=base)) for port in ports):
            return base
    raise RuntimeError("no port base is free: end other runs of the tests")


def _claim(port: int) -> bool:
    """Take a port base until this process ends, so that no run beside it takes the same.

    The claim is a UDP port, which no server of ours needs.
    """
    if port in _claims:
        return True
    claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        claim.bind(("127.0.0.1", port))
    except OSError:
        claim.close()
        return False
    _claims[port] = claim
    return True


def give_ports_back() -> None:
    """Let others have the port bases of this process."""
    while _claims:
        _, claim = _claims.popitem()
        claim.close()


def _start(folder: Path) -> Servers:
    home.prepare(folder / "home")
    postgres_port, redis_port = free_port(), free_port()
    database = postgres.prepare(folder / "home", port=postgres_port, password=_PASSWORD)
    cache = valkey.prepare(folder / "home", port=redis_port, password=_PASSWORD)
    # Lives no longer than the run, and serves the desks of all its processes.
    unlike_ours = ("-cfsync=off", "-cfull_page_writes=off", "-cmax_connections=400")
    pids = [
        _spawn(database, *unlike_ours, log=folder / "postgres.log"),
        _spawn(cache, "--databases", "64", log=folder / "valkey.log"),
    ]
    found = Servers(postgres_port, redis_port, pids)
    _await_ready(found)
    return found


def _spawn(launch: Launch, *more: str, log: Path) -> int:
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*launch.argv, *more],
            cwd=launch.cwd,
            user=launch.uid,
            group=launch.gid,
            extra_groups=[] if launch.uid is not None else None,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    process.returncode = 0  # the run ends it by its pid, this object never waits for it
    return process.pid


def _await_ready(found: Servers) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while True:
        try:
            url = found.database_url("postgres").replace("+psycopg", "")
            psycopg.connect(url, connect_timeout=2).close()
            with Redis.from_url(found.redis_url(0)) as client:
                client.ping()
        except (psycopg.OperationalError, RedisError):
            if time.monotonic() > deadline:
                raise
            time.sleep(_POLL_S)  # noqa: TID251 - servers say nothing when they become ready
        else:
            return
