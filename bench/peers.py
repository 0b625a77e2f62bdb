"""Other people's gateways that `make bench-mcp` measures, each in its own environment."""

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.calls import OLDER, PeerError, Target

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".tools" / "bench"
_INSTALL_TIMEOUT_S = 240
_START_TIMEOUT_S = 90
# Nothing on the way to this machine's own ports.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

_PROXY = """
import os, sys
from fastmcp.client.transports import StreamableHttpTransport
from fastmcp.server import create_proxy
headers = {"Authorization": "Bearer " + os.environ["UPSTREAM_TOKEN"]}
create_proxy(StreamableHttpTransport(sys.argv[1], headers=headers)).run(
    transport="http", host="127.0.0.1", port=int(sys.argv[2]), stateless_http=True,
    json_response=True, show_banner=False,
    uvicorn_config={"access_log": False, "log_level": "error"},
)
"""


def installed(name: str, *requirements: str, alone: Sequence[str] = ()) -> Path:
    """Make a peer's environment, once, and give where its programs are; raises PeerError.

    What is installed `alone` comes without what it asks for.
    """
    folder = CACHE / name
    stamp = folder / ".installed"
    wanted = " ".join((*requirements, *alone))
    if stamp.exists() and stamp.read_text() == wanted:
        return folder / "bin"
    uv = str(ROOT / ".tools" / "bin" / "uv")
    program = uv if Path(uv).exists() else shutil.which("uv")
    if program is None:
        raise PeerError("uv is not there to install it.")
    install = ("pip", "install", "--quiet", "--python", str(folder / "bin" / "python"))
    for arguments in (
        ("venv", "--quiet", "--clear", "--python", sys.executable, str(folder)),
        (*install, *requirements),
        *([(*install, "--no-deps", *alone)] if alone else []),
    ):
        try:
            done = subprocess.run(
                [program, *arguments],
                capture_output=True,
                text=True,
                check=False,
                timeout=_INSTALL_TIMEOUT_S,
            )
        except subprocess.TimeoutExpired as error:
            raise PeerError(f"{wanted} was not installed in time.") from error
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or ["uv said nothing"])[-1]
            raise PeerError(f"{wanted} cannot be installed: {last[:200]}")
    stamp.write_text(wanted)
    return folder / "bin"


@contextmanager
def running(
    *arguments: str, environment: Mapping[str, str], port: int, cwd: Path = ROOT
) -> Generator[int]:
    """Run a program until the block ends; give its process once its port answers."""
    child = subprocess.Popen(
        arguments,
        cwd=cwd,
        env={**os.environ, **environment},  # noqa: TID251 - handed on to what is measured
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(child, port)
        yield child.pid
    finally:
        child.terminate()
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait(5)


@contextmanager
def fastmcp(requirement: str, *, port: int, upstream: Target) -> Generator[Target]:
    """Run a proxy of fastmcp's before the server; it passes its client's token on."""
    python = installed("fastmcp", requirement) / "python"
    url = f"http://127.0.0.1:{upstream.port}{upstream.path}"
    environment = {"UPSTREAM_TOKEN": upstream.token}
    with running(
        str(python), "-c", _PROXY, url, str(port), environment=environment, port=port
    ) as pid:
        yield Target(
            requirement, port, "/mcp", upstream.token, upstream.tool, [*upstream.pids, pid]
        )


@contextmanager
def contextforge(
    requirement: str, *, port: int, upstream: Target, folder: Path
) -> Generator[Target]:
    """Run ContextForge before the server: SQLite, strong secrets, no limits of rate."""
    programs = installed("contextforge", requirement)
    folder.mkdir()
    email, key = "bench@example.com", secrets.token_urlsafe(48)
    environment = {
        "DATABASE_URL": f"sqlite:///{folder}/mcp.db",
        "JWT_SECRET_KEY": key,
        "AUTH_ENCRYPTION_SECRET": secrets.token_urlsafe(48),
        "PLATFORM_ADMIN_EMAIL": email,
        **{
            name: f"Aa1_{secrets.token_urlsafe(32)}"
            for name in ("BASIC_AUTH_PASSWORD", "PLATFORM_ADMIN_PASSWORD", "DEFAULT_USER_PASSWORD")
        },
        "SSRF_ALLOW_LOCALHOST": "true",
        "SSRF_ALLOW_PRIVATE_NETWORKS": "true",
        "RATE_LIMITING_ENABLED": "false",
        "TOOL_RATE_LIMIT": "1000000",
        "CACHE_TYPE": "memory",
        "LOG_LEVEL": "ERROR",
    }
    program = str(programs / "mcpgateway")
    arguments = (program, "--host", "127.0.0.1", "--port", str(port))
    with running(*arguments, environment=environment, port=port, cwd=folder) as pid:
        token = _token(programs, email, key, environment, folder)
        _post(
            f"http://127.0.0.1:{port}/gateways",
            token,
            {
                "name": "adder",
                "url": f"http://127.0.0.1:{upstream.port}{upstream.path}",
                "transport": "STREAMABLEHTTP",
                "auth_type": "bearer",
                "auth_token": upstream.token,
            },
        )
        tool = f"adder-{upstream.tool}"
        yield Target(requirement, port, "/mcp/", token, tool, [*upstream.pids, pid], OLDER)


def _token(
    programs: Path, email: str, key: str, environment: Mapping[str, str], folder: Path
) -> str:
    arguments: Sequence[str] = ("--username", email, "--exp", "600", "--secret", key, "--admin")
    done = subprocess.run(
        [str(programs / "python"), "-m", "mcpgateway.utils.create_jwt_token", *arguments],
        cwd=folder,
        env={**os.environ, **environment},  # noqa: TID251 - handed on
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0 or not lines:
        raise PeerError(f"ContextForge gave no token: {done.stderr[-200:]}")
    return lines[-1]


def _post(url: str, token: str, body: Mapping[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    asked = urllib.request.Request(url, json.dumps(body).encode(), headers)
    try:
        _opener.open(asked, timeout=60).close()
    except OSError as error:
        raise PeerError(f"{url} did not take the server: {error}") from error


def _wait(child: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise PeerError(f"It ended by itself with {child.returncode}.")
        try:
            _opener.open(f"http://127.0.0.1:{port}/health", timeout=2).close()
        except urllib.error.HTTPError:
            return  # it answers, be it that it knows no such page
        except OSError:
            time.sleep(0.2)  # noqa: TID251 - a script
        else:
            return
    raise PeerError(f"It did not answer within {_START_TIMEOUT_S} s.")
