"""An MCP server on standard input and output, with tools that misbehave.

Runs as a program of its own: `python -m tests.support.stdio_twin`, or by its path.
"""

import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path

import anyio
from mcp.server.mcpserver import MCPServer

server = MCPServer("twin")
kept: list[bytes] = []
OUTPUT = os.dup(1)  # the SDK puts something else in its place


@server.tool()
def add(a: int, b: int) -> int:
    return a + b


@server.tool()
def environment() -> list[str]:
    return [f"{name}={value}" for name, value in os.environ.items()]  # noqa: TID251 - what came


@server.tool()
def here() -> dict[str, int]:
    return {
        "pid": os.getpid(),
        "session": os.getsid(0),
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
    }


@server.tool()
def fork(count: int, stay_s: float = 0) -> list[int]:
    """Leave children behind that have a session of their own and ignore requests to end."""
    pids: list[int] = []
    for _ in range(count):
        pid = os.fork()
        if pid == 0:
            os.setsid()
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            os.close(0)
            while True:
                signal.pause()
        pids.append(pid)
    threading.Event().wait(stay_s)
    return pids


@server.tool()
def eat(megabytes: int) -> int:
    kept.append(b"x" * (megabytes * 1024 * 1024))
    return len(kept)


@server.tool()
def open_files(count: int) -> int:
    """Say how many descriptors of so many it gets."""
    found: list[int] = []
    with suppress(OSError):
        found.extend(os.dup(0) for _ in range(count))
    for descriptor in found:
        os.close(descriptor)
    return len(found)


@server.tool()
def die(code: int) -> int:
    os._exit(code)


@server.tool()
def pour(megabytes: int) -> int:
    """Write without a newline, beside the protocol."""
    for _ in range(megabytes):
        os.write(OUTPUT, b"x" * (1024 * 1024))
    return megabytes


@server.tool()
def babble(lines: int) -> int:
    os.write(OUTPUT, b"this is no message\n" * lines)
    return lines


@server.tool()
async def wait(seconds: float = 60) -> float:
    await anyio.sleep(seconds)
    return seconds


@server.tool()
def shout(text: str) -> int:
    sys.stderr.write(text)
    sys.stderr.flush()
    return len(text)


@server.tool()
async def ignore() -> int:
    """From now on, hear neither requests to end nor the end of input."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return os.getpid()


if __name__ == "__main__":
    server.run("stdio")
    if "--stays" in sys.argv:
        while True:
            signal.pause()
