"""`make bench-mcp`: what a tool call costs direct, through our gateway and through others'."""

import asyncio
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import uvloop
from rich.console import Console
from rich.table import Table

from bench.adder import SERVER, TOOL
from bench.calls import (
    CONNECTIONS,
    MODERN,
    Connection,
    PeerError,
    Round,
    Target,
    call_of,
    calls,
    check,
    greet,
)
from bench.client import percentile
from bench.peers import contextforge, fastmcp, running
from bench.turns import ROOT, sophia, stack
from sophia.core import registry
from sophia.settings import Settings

BASE = 31_000
# Our gateway is one more API process beside the stack; where it looks for AI Memory, the adder is.
SHIFT = 20
FASTMCP, CONTEXTFORGE = "fastmcp==4.1.2", "mcp-contextforge-gateway==1.1.0"
FASTMCP_PORT, CONTEXTFORGE_PORT = 31_911, 31_912
ROUNDS = 5
CALLS, CALLS_OF_OTHERS = 800, 80
CONNECTS, CALLS_EACH = 1000, 10
# A busy machine must not make the whole last for ever.
_TARGET_TIMEOUT_S = 60

console = Console()


@contextmanager
def ours(environment: Mapping[str, str], port_base: int) -> Generator[tuple[Target, Target]]:
    """Run the adder, and the gateway before it; give the ways to both."""
    settings = Settings(home=Path(environment["SOPHIA_HOME"]), port_base=port_base)
    beside = {
        **environment,
        "SOPHIA_PORT_BASE": str(port_base + SHIFT),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
    }
    key = sophia("keys", "create", "bench", environment=dict(environment)).splitlines()[-1]
    port = registry.shifted(registry.MCP_SERVERS[SERVER].port, port_base=port_base + SHIFT)
    with (
        running(sys.executable, "-m", "bench.adder", environment=beside, port=port) as adder,
        running(
            *(sys.executable, "-P", "-m", "sophia.cli.main", "api"),
            environment=beside,
            port=port_base + SHIFT,
        ) as api,
    ):
        token = settings.secret(f"mcp_token_{SERVER}")
        direct = Target("direct", port, "/mcp", token, TOOL, [adder])
        name = f"{SERVER}__{TOOL}"
        yield direct, Target("our gateway", port_base + SHIFT, "/mcp", key, name, [adder, api])


async def measure(targets: list[Target], absent: dict[str, str]) -> dict[str, list[Round]]:
    """Measure all in turn, again and again; one that fails is named in `absent`."""
    rounds: dict[str, list[Round]] = {}
    for number in range(ROUNDS + 1):
        for target in targets:
            if target.name in absent:
                continue
            made = CALLS if target.name in {"direct", "our gateway"} else CALLS_OF_OTHERS
            try:
                async with asyncio.timeout(_TARGET_TIMEOUT_S):
                    if number == 0 and target.era != MODERN:
                        await greet(target)
                    done = await calls(target, made)
            except (PeerError, OSError, TimeoutError, asyncio.IncompleteReadError) as error:
                absent[target.name] = f"{type(error).__name__}: {error}"[:300]
                continue
            if number:  # the first one warms
                rounds.setdefault(target.name, []).append(done)
    return rounds


def summary(rounds: list[Round]) -> dict[str, float]:
    """Give the figures of a target: the best round's processor time, every call's latency."""
    latencies = [one for each in rounds for one in each.latencies_ms]
    return {
        "cpu_ms": round(min(one.cpu_ms for one in rounds), 3),
        "cpu_median_ms": round(percentile([one.cpu_ms for one in rounds], 0.5), 3),
        "calls_per_s": round(max(one.calls_per_s for one in rounds), 1),
        "p50_ms": round(percentile(latencies, 0.5), 2),
        "p99_ms": round(percentile(latencies, 0.99), 2),
    }


def held(target: Target) -> dict[str, float]:
    """Say what the processes of a target hold."""
    processes = [psutil.Process(pid) for pid in target.pids]
    return {
        "processes": sum(1 + len(one.children(recursive=True)) for one in processes),
        "descriptors": sum(one.num_fds() for one in processes),
        "memory_mb": round(sum(one.memory_info().rss for one in processes) / 2**20, 1),
    }


async def reconnect(target: Target, connects: int) -> dict[str, dict[str, float]]:
    """Make calls over ever new connections; give what was held before, half way and after.

    What is pooled is opened as it is needed: a leak is what still grows in the second half.
    """
    raw = call_of(target)

    async def some(number: int) -> None:
        for _ in range(number):
            async with Connection(target) as connection:
                for _ in range(CALLS_EACH):
                    status, _, body = await connection.post(raw)
                    check(target, status, body)

    async def all_of(number: int) -> None:
        await asyncio.gather(*(some(number // CONNECTIONS) for _ in range(CONNECTIONS)))
        await asyncio.sleep(2)  # noqa: TID251 - a script; the last connections are let go

    found: dict[str, dict[str, float]] = {}
    for when, number in (
        ("before", connects // 10),  # what is opened once and kept
        ("half way", connects // 2),
        ("after", connects // 2),
    ):
        await all_of(number)
        found[when] = held(target)
    return found


def show(results: dict[str, Any]) -> None:
    """Print the tables."""
    table = Table(
        title=f"tools/call over {CONNECTIONS} connections, processor time in milliseconds"
    )
    headings = ("way", "CPU best", "median", "x direct", "calls/s", "p50", "p99")
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "way" else "right")
    direct = results["targets"]["direct"]["cpu_ms"]
    for name, row in results["targets"].items():
        times = f"{row['cpu_ms'] / direct:.1f}"
        figures = (row[key] for key in ("calls_per_s", "p50_ms", "p99_ms"))
        table.add_row(
            name, str(row["cpu_ms"]), str(row["cpu_median_ms"]), times, *map(str, figures)
        )
    for name, reason in results["absent"].items():
        table.add_row(name, f"not measured: {reason}")
    console.print(table)
    table = Table(title=f"{CONNECTS * CALLS_EACH:,} calls over {CONNECTS:,} connects: our gateway")
    leak = results["reconnects"]
    for heading in ("what", *leak):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    for name in leak["before"]:
        table.add_row(name, *(str(one[name]) for one in leak.values()))
    console.print(table)


def opened(stacked: ExitStack, direct: Target, home: Path, absent: dict[str, str]) -> list[Target]:
    """Start the others; one that cannot be had is named in `absent`."""
    targets: list[Target] = []
    for name, way in (
        (FASTMCP, fastmcp(FASTMCP, port=FASTMCP_PORT, upstream=direct)),
        (
            CONTEXTFORGE,
            contextforge(
                CONTEXTFORGE, port=CONTEXTFORGE_PORT, upstream=direct, folder=home / "contextforge"
            ),
        ),
    ):
        try:
            targets.append(stacked.enter_context(way))
        except PeerError as error:
            absent[name] = str(error)
    return targets


def main() -> None:
    """Run the benchmark; it stops by itself after a few minutes."""
    home = Path(tempfile.mkdtemp(prefix="sophia-bench-"))
    limits = ("ADDRESS", "USER", "KEY", "TOOL")
    environment = {
        **os.environ,  # noqa: TID251 - handed on to the processes that are measured
        "SOPHIA_HOME": str(home),
        "SOPHIA_PORT_BASE": str(BASE),
        **{f"SOPHIA_LIMIT_{name}": "1000000" for name in limits},
    }
    absent: dict[str, str] = {}
    try:
        with stack(environment), ExitStack() as stacked:
            direct, gateway = stacked.enter_context(ours(environment, BASE))
            targets = [direct, gateway, *opened(stacked, direct, home, absent)]
            rounds = uvloop.run(measure(targets, absent))
            if not {"direct", "our gateway"} <= rounds.keys():
                raise SystemExit(f"Sophia's own ways failed: {absent}")
            results: dict[str, Any] = {
                "at": datetime.now(UTC).isoformat(timespec="seconds"),  # noqa: TID251 - a script
                "machine": f"{os.cpu_count()} cores, {platform.machine()}",
                "targets": {name: summary(one) for name, one in rounds.items()},
                "absent": absent,
                "reconnects": uvloop.run(reconnect(gateway, CONNECTS)),
            }
    finally:
        shutil.rmtree(home, ignore_errors=True)
    show(results)
    folder = ROOT / "bench" / "results"
    folder.mkdir(exist_ok=True)
    (folder / "mcp.json").write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
