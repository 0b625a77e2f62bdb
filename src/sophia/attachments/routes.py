"""Attachments over HTTP."""

from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response, status
from sqlalchemy import RowMapping
from starlette.requests import HTTPConnection

from sophia.attachments.schemas import AttachmentOut, FileName
from sophia.attachments.service import AttachmentService
from sophia.idempotency.requests import FreshId
from sophia.identity.guard import ChatReader, ChatWriter

router = APIRouter(prefix="/api/v1", tags=["chat"])

UPLOAD_PATH = "/api/v1/attachments"
# More than any setting allows: the service says in its own words what is too large.
MAX_UPLOAD_BYTES = 32 * 1024 * 1024
_BINARY = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
_UPLOAD = {"requestBody": {"required": True, "content": _BINARY}}
_CONTENT: dict[int | str, dict[str, Any]] = {200: {"description": "The file.", "content": _BINARY}}
# Whatever is in the file, no browser is to show or run it as a page of ours.
_INERT = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
}


async def attachment_service(connection: HTTPConnection) -> AttachmentService:
    """Give the service that the API process was wired with."""
    service: AttachmentService = connection.app.state.attachments
    return service


type Attachments = Annotated[AttachmentService, Depends(attachment_service)]


@router.post("/attachments", status_code=status.HTTP_201_CREATED, openapi_extra=_UPLOAD)
async def upload_attachment(
    viewer: ChatWriter, attachments: Attachments, id_: FreshId, request: Request, name: FileName
) -> AttachmentOut:
    """Upload a file, as it is, to go with a message. What is never sent is deleted after a day."""
    return _out(await attachments.upload(viewer, id_, await request.body(), name=name))


@router.get("/attachments/{attachment_id}", response_class=Response, responses=_CONTENT)
async def read_attachment(
    viewer: ChatReader, attachments: Attachments, attachment_id: UUID
) -> Response:
    """Give one of one's files."""
    found = await attachments.content(viewer, attachment_id)
    name = quote(found["name"], safe="")
    return Response(
        found["content"],
        media_type=found["media_type"],
        headers={**_INERT, "Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
    )


@router.delete("/attachments/{attachment_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_attachment(
    viewer: ChatWriter, attachments: Attachments, attachment_id: UUID
) -> None:
    """Delete a file that was not sent."""
    await attachments.remove(viewer, attachment_id)


def _out(row: RowMapping) -> AttachmentOut:
    return AttachmentOut(
        attachment_id=row["id"],
        name=row["name"],
        media_type=row["media_type"],
        size_bytes=row["size_bytes"],
        pages=row["pages"],
        is_cut=row["is_cut"],
        created_at=row["created_at"],
    )
