"""`make bench-memory-growth`: what a search and an addition cost as memories grow, on one core.

    make bench-memory-growth SIZES="1000 100000 1000000"

The memories are made up, of words as rare as words are. Ten scopes of 1,000 are stored as anybody
would store them; other owners' are copies of those, in the database, until there are enough. What
is searched stays the same ten scopes.
"""

import json
import os
import platform
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import uvloop
from rich.console import Console
from rich.table import Table

from bench.client import percentile
from bench.memory import memory_stack
from bench.turns import ROOT
from sophia.kit.clock import SystemClock
from sophia.memory.embeddings import Embeddings
from sophia.memory.schemas import MemoryIn, SearchQuery
from sophia.memory.service import MemoryService
from sophia.store.database import Database
from sophia.store.user_database import UserDatabase

SIZES = (1_000, 100_000)
SCOPES, IN_SCOPE, BATCH = 10, 1_000, 500
WORDS = 20_000
QUERIES = 300
OWNER = "owner-0"
PORT_BASE = 52_000
COPY = """
    INSERT INTO memories (id, owner, scope, content, fingerprint, category, tags, metadata,
        created_at, updated_at, terms, length)
    SELECT gen_random_uuid(), 'owner-' || %(number)s,
        scope || '-' || (hashtext(id::text) & 1048575) %% %(parts)s, content, fingerprint, category,
        tags, metadata, created_at, updated_at, terms, length
    FROM memories WHERE owner = %(owner)s
    LIMIT %(most)s
"""

NUMBERS = 384
EMBED = """
    WITH model AS (
        INSERT INTO embedding_models (name, dimension, is_enlisted)
        VALUES ('made-up', %(numbers)s, true) RETURNING id
    )
    INSERT INTO memory_embeddings (memory_id, model_id, owner, scope, embedding)
    SELECT memory.id, model.id, owner, scope, made.embedding
    FROM memories AS memory, model, LATERAL (
        SELECT array_agg((random() - 0.5)::real) AS embedding
        FROM generate_series(1, %(numbers)s) WHERE memory.length >= 0
    ) AS made
    WHERE owner = %(owner)s
"""

console = Console()


class MadeUp:
    """Gives embeddings at once: what is measured is the search."""

    name, batch = "made-up", 64

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        chance = random.Random(texts[0])
        return [[chance.random() - 0.5 for _ in range(NUMBERS)] for _ in texts]


def texts(number: int, chance: random.Random) -> list[str]:
    """Make up texts of some twenty words, a few of which are common and most rare (Zipf)."""
    words = [f"w{rank:x}" for rank in range(WORDS)]
    weights = [1 / rank for rank in range(1, WORDS + 1)]
    return [
        " ".join(chance.choices(words, weights, k=chance.randint(8, 32))) for _ in range(number)
    ]


async def fill(memories: MemoryService, scopes: range, chance: random.Random) -> float:
    """Store the scopes that are searched; gives additions per second."""
    made = texts(len(scopes) * IN_SCOPE, chance)
    began = time.perf_counter()
    for start in range(0, len(made), BATCH):
        scope = f"scope-{scopes[start // IN_SCOPE]}"
        batch = [MemoryIn(content=text, scope=scope) for text in made[start : start + BATCH]]
        await memories.store_many(batch, owner=OWNER)
    return len(made) / (time.perf_counter() - began)


def grow(dsn: str, size: int) -> int:
    """Copy what is there to other owners until there are that many; gives how many scopes."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SET statement_timeout = 0")
        missing = size - _count(connection, "SELECT count(*) FROM memories")
        number = _count(connection, "SELECT count(DISTINCT owner) FROM memories")
        # As many scopes for fewer memories: each copy is split.
        parts = max(1, 1_000_000 // size)
        while missing > 0:
            values = {"number": number, "parts": parts, "owner": OWNER, "most": missing}
            missing -= connection.execute(COPY, values).rowcount
            number += 1
        connection.execute("VACUUM ANALYZE memories")
        return _count(
            connection, "SELECT count(*) FROM (SELECT DISTINCT owner, scope FROM memories)"
        )


async def search(memories: MemoryService, *, scope: str | None, seed: int) -> dict[str, float]:
    """Ask questions of five words; gives how long they take."""
    asked = [" ".join(text.split()[:5]) for text in texts(QUERIES, random.Random(seed))]
    took_ms: list[float] = []
    found = 0
    for query in asked:
        began = time.perf_counter()
        found += len(await memories.search(SearchQuery(query=query, scope=scope), owner=OWNER))
        took_ms.append((time.perf_counter() - began) * 1000)
    if not found:
        raise SystemExit("Nothing was found: what was measured is no search.")
    return {
        "p50_ms": round(percentile(took_ms, 0.5), 2),
        "p95_ms": round(percentile(took_ms, 0.95), 2),
    }


def bytes_each(dsn: str) -> dict[str, int]:
    """Give the bytes of table and indexes for each memory."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        rows = _count(connection, "SELECT count(*) FROM memories")
        table = _count(connection, "SELECT pg_table_size('memories')")
        indexes = _count(connection, "SELECT pg_indexes_size('memories')")
    return {"table": table // rows, "indexes": indexes // rows}


def _count(connection: psycopg.Connection[Any], statement: str) -> int:
    row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return int(row[0])


async def measure(dsn: str, sizes: Sequence[int]) -> dict[str, Any]:
    """Grow from size to size and measure at each."""
    url = dsn.replace("postgresql:", "postgresql+psycopg:")
    database, owned = Database(url), UserDatabase(url)
    memories = MemoryService(owned, database, SystemClock())
    rows: dict[str, Any] = {}
    chance, there = random.Random(1), 0
    try:
        for size in sizes:
            scopes = range(there, min(SCOPES, size // IN_SCOPE))
            added = await fill(memories, scopes, chance) if scopes else None
            there = max(there, scopes.stop)
            held = grow(dsn, size)
            await search(memories, scope="scope-0", seed=1)  # warms
            rows[str(size)] = {
                "scopes": held,
                "adds_per_s": added and round(added),
                "scope_of_1000": await search(memories, scope="scope-0", seed=2),
                "owner_of_all": await search(memories, scope=None, seed=3),
                "bytes": bytes_each(dsn),
            }
        rows[str(sizes[-1])]["embedded"] = await embedded(owned, database, dsn)
    finally:
        await owned.close()
        await database.close()
    return rows


async def embedded(owned: UserDatabase, database: Database, dsn: str) -> dict[str, Any]:
    """Give everything that is searched an embedding, and search by words and meaning."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SET statement_timeout = 0")
        connection.execute(EMBED, {"numbers": NUMBERS, "owner": OWNER})
        connection.execute("VACUUM ANALYZE memory_embeddings")
    clock = SystemClock()
    embeddings = Embeddings(database, [MadeUp()], building=database.single_write, clock=clock)
    await embeddings.step()
    memories = MemoryService(owned, database, clock, embeddings=embeddings)
    await search(memories, scope="scope-0", seed=1)  # warms
    return {
        "scope_of_1000": await search(memories, scope="scope-0", seed=2),
        "owner_of_all": await search(memories, scope=None, seed=3),
    }


def show(results: dict[str, Any]) -> None:
    """Print the table."""
    table = Table(title="One core; a search without embedding, milliseconds")
    for heading in (
        *("memories", "scopes", "adds/s", "scope of 1,000 p50", "p95"),
        *("owner of 10,000 p50", "p95", "table bytes each", "index bytes each"),
    ):
        table.add_column(heading, justify="right")
    for size, row in results["sizes"].items():
        times = (row[part][key] for part in ("scope_of_1000", "owner_of_all") for key in
                 ("p50_ms", "p95_ms"))  # fmt: skip
        table.add_row(
            *(f"{int(size):,}", str(row["scopes"]), str(row["adds_per_s"] or "")),
            *map(str, times),
            *(str(row["bytes"][part]) for part in ("table", "indexes")),
        )
        if "embedded" in row:
            times = (row["embedded"][part][key] for part in ("scope_of_1000", "owner_of_all")
                     for key in ("p50_ms", "p95_ms"))  # fmt: skip
            table.add_row("and embeddings", "", "", *map(str, times))
    console.print(table)


def main() -> None:
    """Run the benchmark, everything on one core."""
    sizes = [int(size) for size in sys.argv[1:]] or list(SIZES)
    os.sched_setaffinity(0, {0})  # and with it every process that is started
    home = Path(tempfile.mkdtemp(prefix="sophia-bench-"))
    try:
        with memory_stack(home / "growth", {}, port_base=PORT_BASE) as (_, dsn):
            rows = uvloop.run(measure(dsn, sizes))
    finally:
        shutil.rmtree(home, ignore_errors=True)
    results: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),  # noqa: TID251 - a script
        "machine": f"1 core of {os.cpu_count()}, {platform.machine()}",
        "sizes": rows,
    }
    show(results)
    folder = ROOT / "bench" / "results"
    folder.mkdir(exist_ok=True)
    (folder / "memory_growth.json").write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
