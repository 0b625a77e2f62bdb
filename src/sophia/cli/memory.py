"""`sophia memory`: the owner's memories taken in, taken out and searched, over the API."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import httpx2
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from sophia.cli import documents
from sophia.cli.errors import FileCutError, RefusedError, UnreachableError
from sophia.cli.identity import IsJson
from sophia.cli.memory_api import detail, memory_client
from sophia.cli.memory_file import Bookmark, Chunk, MemoryFile, Place
from sophia.kit.clock import SystemClock
from sophia.settings import Settings

_TRIES = 5
_PAUSE_S = 2.0
_PASSING = frozenset({429, 503})
_LINES = "application/x-ndjson"
_COUNTED = ("added", "known", "entities", "relations", "redacted", "skipped_count")
_MAX_TOLD = 20
_app = typer.Typer(no_args_is_help=True, help="Memories as files, and searching them.")
_app.add_typer(documents.app, name="documents")

Scope = Annotated[str | None, typer.Option(help="org, team:NAME, or a namespace of one's own.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(_app, name="memory")


@_app.command("search")
def search(
    query: str,
    *,
    scope: Scope = None,
    limit: Annotated[int, typer.Option(min=1, max=50, help="At most so many.")] = 10,
    is_json: IsJson = False,
) -> None:
    """Find memories, the best first."""
    wish = {"query": query, "scope": scope, "limit": limit}
    found = asyncio.run(_asked("POST", "/search", json=wish))["memories"]
    if is_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    table = Table("score", "memory", "who", "when", "scope")
    for one in found:
        said = str(one["source"]["speaker"] or "")
        when = str(one["occurred_at"])[:10]
        table.add_row(f"{one['score']:.2f}", one["content"], said, when, one["scope"])
    Console().print(table if found else "Nothing that was stored fits.")


@_app.command("learned")
def learned(
    *,
    limit: Annotated[int, typer.Option(min=1, max=100, help="At most so many.")] = 20,
    is_json: IsJson = False,
) -> None:
    """List what was kept of talks without being asked for, the newest first."""
    params = {"trust": "learned", "limit": limit}
    found = asyncio.run(_asked("GET", "/memories", params=params))["memories"]
    if is_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    table = Table("id", "memory", "when", "conversation")
    for one in found:
        said_in = str(one["source"]["conversation"] or "")
        table.add_row(one["memory_id"], one["content"], str(one["occurred_at"])[:10], said_in)
    Console().print(table if found else "Nothing was learned yet.")


@_app.command("undo")
def undo(memory_id: UUID) -> None:
    """Forget something that was learned, and have what it took the place of hold again."""
    undone = asyncio.run(_asked("POST", f"/memories/{memory_id}/undo"))
    again = len(undone["restored"])
    typer.echo(f"Forgotten. {again} earlier one(s) hold again." if again else "Forgotten.")


@_app.command("export")
def export_memories(*, scope: Scope = None) -> None:
    """Print memories as lines of JSON, which `sophia memory import` reads."""
    asyncio.run(_export(scope))


@_app.command("import")
def import_memories(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            readable=True,
            help="Lines of JSON (Sophia's, mem0's, the MCP reference memory server's), or an"
            " export of ChatGPT, Claude or mem0.",
        ),
    ],
    *,
    is_again: Annotated[
        bool, typer.Option("--again", help="From the beginning, not from where it was left.")
    ] = False,
    is_json: IsJson = False,
) -> None:
    """Take a file of memories in; what was cut off goes on from there the next time."""
    settings = Settings()
    bookmark = Bookmark(settings.home / "imports", file)
    if is_again:
        bookmark.forget()
    opened = MemoryFile(file)
    place = bookmark.read()
    place.totals["skipped_count"] = place.totals.get("skipped_count", 0) + opened.unreadable
    asyncio.run(_import(settings, opened, place, bookmark))
    if is_json:
        typer.echo(json.dumps({"lines": place.line, **place.totals}, indent=2))
    else:
        told = ", ".join(f"{place.totals.get(name, 0):,} {_word(name)}" for name in _COUNTED)
        typer.echo(f"{place.line:,} lines: {told}.")
    if opened.is_cut:
        raise FileCutError(
            f"{file} ends within line {place.line + 1:,}: get the rest of it and say the same"
            " again, it goes on from there."
        )


async def _import(settings: Settings, file: MemoryFile, place: Place, bookmark: Bookmark) -> None:
    """Send what is left of a file; raises UnreachableError, RefusedError."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[lines]:,} lines"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    )
    told = 0
    async with memory_client(settings) as client:
        with bar:
            task = bar.add_task("Importing", total=file.length, lines=place.line)
            for chunk in file.chunks(place):
                answer = await _send(client, chunk)
                place.offset, place.line = chunk.offset, chunk.line
                for name in _COUNTED:
                    place.totals[name] = place.totals.get(name, 0) + answer[name]
                bookmark.write(place)
                bar.update(task, completed=place.offset, lines=place.line)
                for one in answer["skipped"][: _MAX_TOLD - told]:
                    told += 1
                    line = chunk.first_line + one["line"] - 1
                    typer.echo(f"Line {line:,} is left out: {one['why']}", err=True)


async def _send(client: httpx2.AsyncClient, chunk: Chunk) -> dict[str, Any]:
    """Have lines stored; a Sophia that is busy or away for a moment is asked again."""
    clock = SystemClock()
    tries = 1
    while True:
        try:
            answer = await client.post(
                "/import", content=chunk.content, headers={"Content-Type": _LINES}
            )
        except httpx2.TransportError as error:
            if tries == _TRIES:
                raise UnreachableError from error
            await clock.sleep(_PAUSE_S)
        else:
            if answer.is_success:
                told: dict[str, Any] = answer.json()
                return told
            if answer.status_code not in _PASSING or tries == _TRIES:
                raise RefusedError(detail(answer))
            await clock.sleep(float(answer.headers.get("Retry-After", _PAUSE_S)))
        tries += 1


async def _asked(method: str, path: str, **more: Any) -> dict[str, Any]:
    async with memory_client(Settings()) as client:
        try:
            answer = await client.request(method, path, **more)
        except httpx2.TransportError as error:
            raise UnreachableError from error
    if not answer.is_success:
        raise RefusedError(detail(answer))
    told: dict[str, Any] = answer.json()
    return told


async def _export(scope: str | None) -> None:
    params = {} if scope is None else {"scope": scope}
    async with memory_client(Settings()) as client:
        try:
            async with client.stream("GET", "/export", params=params) as answer:
                if not answer.is_success:
                    await answer.aread()
                    raise RefusedError(detail(answer))
                async for content in answer.aiter_bytes():
                    sys.stdout.buffer.write(content)
        except httpx2.TransportError as error:
            raise UnreachableError from error
    sys.stdout.buffer.flush()


def _word(name: str) -> str:
    return {"skipped_count": "left out", "known": "known already"}.get(name, name)
