"""Documents over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, status
from starlette.requests import HTTPConnection

from sophia.documents.schemas import (
    AddedDocument,
    DocumentOut,
    DocumentPage,
    FetchIn,
    ListDocumentsQuery,
    UploadIn,
)
from sophia.documents.service import DocumentService
from sophia.identity.guard import MemoryReader, MemoryWriter

UPLOAD_PATH = "/api/v1/memory/documents"
# More than any setting allows: the service says in its own words what is too large.
MAX_UPLOAD_BYTES = 64 * 1024 * 1024 + 1
_BINARY = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
_UPLOAD: dict[str, Any] = {"requestBody": {"required": True, "content": _BINARY}}

router = APIRouter(prefix=UPLOAD_PATH, tags=["memory"])


async def document_service(connection: HTTPConnection) -> DocumentService:
    """Give the service that the API process was wired with."""
    service: DocumentService = connection.app.state.documents
    return service


type Documents = Annotated[DocumentService, Depends(document_service)]


@router.get("")
async def list_documents(
    viewer: MemoryReader, documents: Documents, query: Annotated[ListDocumentsQuery, Query()]
) -> DocumentPage:
    """List documents, one's own and those shared with one, the newest first."""
    return await documents.page(query, owner=str(viewer.user_id))


@router.post("", status_code=status.HTTP_202_ACCEPTED, openapi_extra=_UPLOAD)
async def upload_document(
    viewer: MemoryWriter,
    documents: Documents,
    request: Request,
    document: Annotated[UploadIn, Query()],
) -> AddedDocument:
    """Upload a document as it is; it is read in the background. The same again changes nothing."""
    return await documents.upload(document, await request.body(), owner=str(viewer.user_id))


@router.post("/fetch", status_code=status.HTTP_202_ACCEPTED)
async def fetch_document(
    viewer: MemoryWriter, documents: Documents, body: FetchIn
) -> AddedDocument:
    """Have a document of the Internet fetched and read in the background."""
    return await documents.fetch(body, owner=str(viewer.user_id))


@router.get("/{document_id}")
async def read_document(
    viewer: MemoryReader, documents: Documents, document_id: UUID
) -> DocumentOut:
    """Give one document, and how far it is."""
    return await documents.get(document_id, owner=str(viewer.user_id))


@router.post("/{document_id}/refresh", status_code=status.HTTP_202_ACCEPTED)
async def refresh_document(
    viewer: MemoryWriter, documents: Documents, document_id: UUID
) -> DocumentOut:
    """Have a document fetched again: changed passages are replaced, the others stay."""
    return await documents.refresh(document_id, owner=str(viewer.user_id))


@router.delete("/{document_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_document(viewer: MemoryWriter, documents: Documents, document_id: UUID) -> None:
    """Delete a document with all its passages, for good."""
    await documents.delete(document_id, owner=str(viewer.user_id))
