"""Export and import over HTTP."""

import asyncio
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response, status
from starlette.requests import HTTPConnection

from sophia.archive.markdown import to_markdown
from sophia.archive.service import ArchiveService
from sophia.chat import repository
from sophia.chat.errors import ConversationMissingError
from sophia.chat.routes import Chat
from sophia.chat.schemas import ConversationOut
from sophia.chat.wire import conversation_out
from sophia.idempotency.requests import FreshId
from sophia.identity.guard import ChatReader, ChatWriter
from sophia.kit.ids import ConversationId

router = APIRouter(prefix="/api/v1", tags=["chat"])

IMPORT_PATH = "/api/v1/conversations/import"
_FILE = {"$ref": "#/components/schemas/ConversationFile"}
_EXPORTED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The conversation as a file.",
        "content": {"application/json": {"schema": _FILE}, "text/markdown": {}},
    }
}
_IMPORTED = {"requestBody": {"required": True, "content": {"application/json": {"schema": _FILE}}}}


async def archive_service(connection: HTTPConnection) -> ArchiveService:
    """Give the service that the API process was wired with."""
    service: ArchiveService = connection.app.state.archive
    return service


type Archive = Annotated[ArchiveService, Depends(archive_service)]


@router.get("/conversations/{session_id}/export", response_class=Response, responses=_EXPORTED)
async def export_conversation(
    viewer: ChatReader,
    archive: Archive,
    session_id: UUID,
    file_format: Annotated[Literal["json", "markdown"], Query(alias="format")] = "json",
) -> Response:
    """Give a conversation as a file: whole as JSON, its newest line as Markdown."""
    is_whole = file_format == "json"
    file = await archive.export(viewer, ConversationId(session_id), are_files_carried=is_whole)
    if file_format == "markdown":
        content = await asyncio.to_thread(to_markdown, file)
        return _download(content, name=f"{file.title}.md", media_type="text/markdown")
    content = await asyncio.to_thread(file.model_dump_json)
    return _download(content, name=f"{file.title}.json", media_type="application/json")


@router.post("/conversations/import", status_code=status.HTTP_201_CREATED, openapi_extra=_IMPORTED)
async def import_conversation(
    viewer: ChatWriter, archive: Archive, chat: Chat, id_: FreshId, request: Request
) -> ConversationOut:
    """Make a conversation of one's own from an exported file. Nothing in it is run."""
    conversation_id = ConversationId(id_)
    await archive.import_(viewer, conversation_id, await request.body())
    async with chat.database.reading(viewer.user_id) as reader:
        row = await repository.conversation(reader, user_id=viewer.user_id, id_=conversation_id)
    if row is None:
        raise ConversationMissingError
    return conversation_out(row)


def _download(content: str, *, name: str, media_type: str) -> Response:
    plain = "".join(one if one.isalnum() or one in " .-_" else "_" for one in name)
    return Response(
        content,
        media_type=media_type,
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(plain)}"},
    )
