"""`sophia conversations`: the owner's conversations as a list and as files, over the API."""

import asyncio
import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import httpx2
import typer
from rich.console import Console
from rich.table import Column, Table

from sophia.cli.errors import RefusedError, UnreachableError
from sophia.cli.identity import IsJson, access_token
from sophia.core import registry
from sophia.settings import Settings

_TIMEOUT_S = 30.0
_PAGE = 200
_ID_CHARS = 36
_app = typer.Typer(no_args_is_help=True, help="Conversations as a list and as files.")


class Format(StrEnum):
    """What a conversation is exported as."""

    JSON = "json"
    MARKDOWN = "markdown"


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(_app, name="conversations")


@_app.command("list")
def list_conversations(*, is_json: IsJson = False) -> None:
    """List the owner's conversations, the last used first."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = _ask("GET", "", params={"limit": _PAGE, **cursor}).json()
        found += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    if is_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    id_column = Column("session_id", no_wrap=True, min_width=_ID_CHARS)
    table = Table(id_column, "title", "updated_at", title="Conversations")
    for one in found:
        table.add_row(one["session_id"], one["title"], one["updated_at"])
    Console().print(table if found else "Conversations: none.")


@_app.command("export")
def export_conversation(
    session_id: UUID,
    *,
    file_format: Annotated[Format, typer.Option("--format", help="What as.")] = Format.JSON,
) -> None:
    """Print a conversation as JSON or Markdown."""
    answer = _ask("GET", f"/{session_id}/export", params={"format": file_format.value})
    sys.stdout.write(answer.text.rstrip("\n") + "\n")


@_app.command("import")
def import_conversation(
    file: Annotated[
        Path, typer.Argument(help="An exported JSON file; - is standard input.")
    ] = Path("-"),
    *,
    is_json: IsJson = False,
) -> None:
    """Make a conversation from an exported file."""
    try:
        body = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}.") from error
    headers = {"Content-Type": "application/json"}
    made = _ask("POST", "/import", content=body, headers=headers).json()
    typer.echo(json.dumps(made, indent=2) if is_json else made["session_id"])


@_app.command("delete")
def delete_conversation(
    session_id: UUID,
    *,
    is_sure: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete a conversation and everything in it."""
    if not is_sure:
        typer.confirm(f"Delete {session_id} and everything in it for good?", abort=True, err=True)
    _ask("DELETE", f"/{session_id}")


def _ask(method: str, path: str, **request: Any) -> httpx2.Response:
    return asyncio.run(_request(Settings(), method, path, **request))


async def _request(
    settings: Settings,
    method: str,
    path: str,
    *,
    headers: dict[str, str] | None = None,
    **rest: Any,
) -> httpx2.Response:
    token = await access_token(settings)
    url = f"http://127.0.0.1:{settings.port(registry.API_PORT)}/api/v1/conversations{path}"
    credentials = {"Authorization": f"Bearer {token}"}
    try:
        async with httpx2.AsyncClient(timeout=_TIMEOUT_S, trust_env=False) as client:
            answer = await client.request(
                method, url, headers={**credentials, **(headers or {})}, **rest
            )
    except httpx2.TransportError as error:
        raise UnreachableError from error
    if not answer.is_success:
        raise RefusedError(_detail(answer))
    return answer


def _detail(answer: httpx2.Response) -> str:
    """Give what the refusal's problem says."""
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError):
        return f"Sophia refused (HTTP {answer.status_code})."
