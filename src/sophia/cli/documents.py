"""`sophia memory documents`: documents of the owner, added, listed and removed, over the API."""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import httpx2
import typer
from rich.console import Console
from rich.table import Table

from sophia.cli.errors import DocumentUnreadError, RefusedError, UnreachableError
from sophia.cli.identity import IsJson
from sophia.cli.memory_api import detail, memory_client
from sophia.kit.clock import SystemClock
from sophia.settings import Settings

_POLL_S = 0.5
_WAITED_FOR = frozenset({"queued", "indexing"})
app = typer.Typer(no_args_is_help=True, help="Documents that memories point to.")

Scope = Annotated[str | None, typer.Option(help="org, team:NAME, or a namespace of one's own.")]


@app.command("add")
def add(
    source: Annotated[str, typer.Argument(help="A file, or a URL.")],
    *,
    name: Annotated[str | None, typer.Option(help="What it is called; the file's name.")] = None,
    scope: Scope = None,
    tags: Annotated[list[str] | None, typer.Option("--tag", help="Repeat it for more.")] = None,
    is_trusted: Annotated[
        bool, typer.Option("--trusted", help="A file in our own words, no stranger's.")
    ] = False,
    is_json: IsJson = False,
) -> None:
    """Add a document, and wait until it can be found; the same name again replaces it."""
    filed = {"scope": scope or "", "tags": tags or []}
    if source.startswith(("http://", "https://")):
        wish = {**filed, "url": source, **({"name": name} if name else {})}
        document = asyncio.run(_added("/documents/fetch", json=wish))
    else:
        file = Path(source)
        if not file.is_file():
            raise typer.BadParameter(f"{source} is neither a file nor a URL.")
        params = {**filed, "name": name or file.name, "is_trusted": is_trusted}
        document = asyncio.run(_added("/documents", params=params, content=file.read_bytes()))
    if is_json:
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        typer.echo(f"{document['name']}: {document['passages']:,} passages.")


@app.command("list")
def list_documents(*, scope: Scope = None, is_json: IsJson = False) -> None:
    """List documents, the newest first."""
    documents = asyncio.run(_listed(scope))
    if is_json:
        typer.echo(json.dumps(documents, indent=2, ensure_ascii=False))
        return
    table = Table("id", "document", "state", "passages", "scope")
    for one in documents:
        failure = one["failure"]["message"] if one["failure"] else ""
        state = f"{one['state']}: {failure}" if failure else one["state"]
        table.add_row(one["document_id"], one["name"], state, f"{one['passages']:,}", one["scope"])
    Console().print(table if documents else "There are no documents.")


@app.command("remove")
def remove(document_id: UUID) -> None:
    """Delete a document with all its passages, for good."""
    asyncio.run(_removed(document_id))
    typer.echo("Deleted, with all its passages.")


async def _added(path: str, **request: Any) -> dict[str, Any]:
    """Add a document and wait for it; raises DocumentUnreadError."""
    clock = SystemClock()
    async with memory_client(Settings()) as client:
        document = await _asked(client, "POST", path, **request)
        while document["state"] in _WAITED_FOR:
            await clock.sleep(_POLL_S)
            document = await _asked(client, "GET", f"/documents/{document['document_id']}")
    if document["failure"]:
        raise DocumentUnreadError(f"{document['name']}: {document['failure']['message']}")
    return document


async def _listed(scope: str | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    params: dict[str, Any] = {"limit": 200} | ({} if scope is None else {"scope": scope})
    async with memory_client(Settings()) as client:
        while True:
            page = await _asked(client, "GET", "/documents", params=params)
            found += page["documents"]
            if page["next_cursor"] is None:
                return found
            params["cursor"] = page["next_cursor"]


async def _removed(document_id: UUID) -> None:
    async with memory_client(Settings()) as client:
        await _asked(client, "DELETE", f"/documents/{document_id}")


async def _asked(
    client: httpx2.AsyncClient, method: str, path: str, **request: Any
) -> dict[str, Any]:
    """Ask the API; raises UnreachableError, RefusedError."""
    try:
        answer = await client.request(method, path, **request)
    except httpx2.TransportError as error:
        raise UnreachableError from error
    if not answer.is_success:
        raise RefusedError(detail(answer))
    told: dict[str, Any] = answer.json() if answer.content else {}
    return told
