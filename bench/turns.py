"""`make bench`: what a turn costs beside a bare pass-through to the same provider, in one run."""

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop
from rich.console import Console
from rich.table import Table

from bench.client import Sample, Target, parallel, percentile
from bench.parts import cpu_s, memory_mb, ms_a_turn

ROOT = Path(__file__).resolve().parents[1]
BASE = 31_000
PROVIDER_PORT = 31_901
FLOOR_PORT = 31_902
PACED = ((1, 5), (10, 20), (50, 100))  # streams at once, streams in all
SATURATION = (50, 2000)

console = Console()


def sophia(*arguments: str, environment: dict[str, str]) -> str:
    """Run a command of Sophia's and give what it prints."""
    done = subprocess.run(
        [str(ROOT / "sophia"), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"sophia {' '.join(arguments)}: {done.stderr or done.stdout}")
    return done.stdout.strip()


@contextmanager
def process(*arguments: str) -> Generator[None]:
    """Run a Python module beside us."""
    child = subprocess.Popen([sys.executable, *arguments], cwd=ROOT)
    try:
        yield
    finally:
        child.terminate()
        child.wait(10)


@contextmanager
def stack(environment: dict[str, str]) -> Generator[dict[str, float]]:
    """Start the embedded stack twice, cold and warm, and give how long each took."""
    seconds: dict[str, float] = {}
    try:
        for name in ("cold", "warm"):
            began = time.perf_counter()
            sophia("up", "--detach", environment=environment)
            seconds[f"ready_{name}_s"] = round(time.perf_counter() - began, 2)
            if name == "cold":
                sophia("down", environment=environment)
        yield seconds
    finally:
        sophia("down", environment=environment)


def parts(environment: dict[str, str]) -> dict[str, Any]:
    """Give what `sophia status` says of the parts."""
    return json.loads(sophia("status", "--json", environment=environment))


def summary(samples: list[Sample]) -> dict[str, float]:
    """Give the figures of paced streams."""
    added = [value for sample in samples for value in sample.added_ms]
    first = [sample.first_event_ms for sample in samples]
    return {
        "first_event_p50_ms": round(percentile(first, 0.5), 2),
        "first_event_p95_ms": round(percentile(first, 0.95), 2),
        "added_p50_ms": round(percentile(added, 0.5), 2),
        "added_p95_ms": round(percentile(added, 0.95), 2),
        "added_p99_ms": round(percentile(added, 0.99), 2),
        "tokens": len(added),
        "incomplete": sum(not sample.is_complete for sample in samples),
    }


async def measure(targets: list[Target], told: dict[str, Any]) -> dict[str, Any]:
    """Measure every target under the same load, one after the other; `told` is of the parts."""
    results: dict[str, Any] = {}
    for target in targets:
        await parallel(target, "instant", streams=10, total=100)  # warm
        rows: dict[str, Any] = {}
        for streams, total in PACED:
            samples, _ = await parallel(target, "paced", streams=streams, total=total)
            rows[f"paced_{streams}"] = summary(samples)
        streams, total = SATURATION
        before = cpu_s(told)
        samples, took_s = await parallel(target, "instant", streams=streams, total=total)
        after = cpu_s(told)
        rows["saturation"] = {
            "turns_per_s": round(total / took_s, 1),
            "turns": total,
            "lost": sum(not (sample.is_complete and sample.added_ms) for sample in samples),
            "cpu_ms_a_turn": ms_a_turn(before, after, turns=total),
        }
        results[target.name] = rows
    return results


def show(results: dict[str, Any]) -> None:
    """Print the tables."""
    table = Table(title="Paced streams: 100 tokens at 50/s, milliseconds")
    for heading in (
        "target",
        "parallel",
        "first p50",
        "first p95",
        "added p50",
        "p95",
        "p99",
        "incomplete",
    ):
        table.add_column(heading, justify="left" if heading == "target" else "right")
    for name, rows in results["targets"].items():
        for streams, _ in PACED:
            row = rows[f"paced_{streams}"]
            keys = ("first_event_p50_ms", "first_event_p95_ms", "added_p50_ms", "added_p95_ms",
                    "added_p99_ms", "incomplete")  # fmt: skip
            table.add_row(name, str(streams), *(str(row[key]) for key in keys))
    console.print(table)
    table = Table(title=f"Saturation: instant provider, {SATURATION[0]} at once")
    for heading in ("target", "turns/s", "lost", "share of the floor"):
        table.add_column(heading, justify="left" if heading == "target" else "right")
    floor = results["targets"]["floor"]["saturation"]["turns_per_s"]
    for name, rows in results["targets"].items():
        row = rows["saturation"]
        share = f"{row['turns_per_s'] / floor:.2f}"
        table.add_row(name, str(row["turns_per_s"]), f"{row['lost']} of {row['turns']}", share)
    console.print(table)
    show_stack(results)


def show_stack(results: dict[str, Any]) -> None:
    """Print what the stack takes."""
    table = Table(title="The embedded stack")
    table.add_column("figure")
    table.add_column("value", justify="right")
    for name in ("ready_cold_s", "ready_warm_s"):
        table.add_row(name, str(results["stack"][name]))
    spent = results["targets"]["sophia"]["saturation"]["cpu_ms_a_turn"]
    for name, value in spent.items():
        table.add_row(f"processor {name} (ms a turn)", f"{value:.2f}")
    table.add_row("processor in all (ms a turn)", f"{sum(spent.values()):.2f}")
    for name, value in results["memory_mb"].items():
        table.add_row(f"memory {name} (MB)", str(value))
    table.add_row("memory in all (MB)", str(round(sum(results["memory_mb"].values()), 1)))
    console.print(table)


def main() -> None:
    """Run the benchmark; it stops by itself after a few minutes."""
    home = tempfile.mkdtemp(prefix="sophia-bench-")
    environment = {
        **os.environ,  # noqa: TID251 - handed on to the processes that are measured
        "SOPHIA_HOME": home,
        "SOPHIA_PORT_BASE": str(BASE),
        "OPENAI_BASE_URL": f"http://127.0.0.1:{PROVIDER_PORT}/v1",
        "OPENAI_API_KEY": "bench",
        # One user asks as much here as a thousand would.
        "SOPHIA_LIMIT_USER": "1000000",
        "SOPHIA_LIMIT_KEY": "1000000",
    }
    try:
        with (
            process("-m", "bench.provider", str(PROVIDER_PORT)),
            process("-m", "bench.floor", str(FLOOR_PORT), environment["OPENAI_BASE_URL"]),
            stack(environment) as seconds,
        ):
            token = sophia("token", environment=environment)
            targets = [
                Target("floor", f"http://127.0.0.1:{FLOOR_PORT}/chat", {}, floor_body),
                Target(
                    "sophia",
                    f"http://127.0.0.1:{BASE}/api/v1/chat",
                    {"Authorization": f"Bearer {token}"},
                    sophia_body,
                ),
            ]
            results: dict[str, Any] = {
                "at": datetime.now(UTC).isoformat(timespec="seconds"),  # noqa: TID251 - a script
                "machine": f"{os.cpu_count()} cores, {platform.machine()}",
                "stack": seconds,
                "targets": uvloop.run(measure(targets, parts(environment))),
            }
            results["memory_mb"] = memory_mb(parts(environment))
    finally:
        shutil.rmtree(home, ignore_errors=True)
    show(results)
    folder = ROOT / "bench" / "results"
    folder.mkdir(exist_ok=True)
    (folder / "turns.json").write_text(json.dumps(results, indent=2) + "\n")


def floor_body(model: str) -> dict[str, Any]:
    """Ask the floor as one asks the provider."""
    return {"model": model, "stream": True, "messages": [{"role": "user", "content": "Go."}]}


def sophia_body(model: str) -> dict[str, Any]:
    """Ask Sophia; each stream is a conversation of its own. No tools, as at the floor."""
    return {"message": "Go.", "model": model, "stream": True, "tools": []}


if __name__ == "__main__":
    main()
