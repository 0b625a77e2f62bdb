"""The tools of AI Memory for documents."""

import base64
import binascii
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sophia.documents.schemas import (
    AddedDocument,
    DocumentOut,
    DocumentPage,
    FetchIn,
    Filing,
    ListDocumentsQuery,
    UploadIn,
)
from sophia.documents.service import DocumentService
from sophia.memory.fields import Name
from sophia.servers.call import Call
from sophia.servers.memory.tools import DEFAULT_OWNER, UserId
from sophia.servers.parts import Tool

TOOLSET = "documents"

# As much as a request holds.
_Long = Annotated[str, Field(min_length=1, max_length=4 * 1024 * 1024)]


class AddDocument(Filing):
    """The arguments of add_document."""

    name: Name = Field(
        description="With its ending, as in handbook.md. The same name in the same scope is the"
        " same document."
    )
    text: _Long | None = Field(default=None, description="Its text: plain, Markdown or HTML.")
    data: _Long | None = Field(default=None, description="Or its file (PDF, DOCX) in base64.")
    user_id: UserId | None = None

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if (self.text is None) == (self.data is None):
            raise ValueError("give text or data, one of the two")
        self.content()
        return self

    def content(self) -> bytes:
        """Give the document's bytes."""
        if self.data is None:
            return (self.text or "").encode(errors="replace")
        try:
            return base64.b64decode(self.data, validate=True)
        except binascii.Error as error:
            raise ValueError("data is no base64: encode the file's bytes") from error


class FetchDocument(FetchIn):
    """The arguments of fetch_document."""

    user_id: UserId | None = None


class ListDocuments(ListDocumentsQuery):
    """The arguments of list_documents."""

    user_id: UserId | None = None


class OneDocument(BaseModel):
    """The arguments of tools that are about one document."""

    model_config = ConfigDict(extra="forbid")

    document_id: UUID
    user_id: UserId | None = None


class Removed(BaseModel):
    """A document that is no more."""

    document_id: UUID


class DocumentTools:
    """What the tools do."""

    def __init__(self, documents: DocumentService) -> None:
        """Take the documents."""
        self._documents = documents

    async def add_document(self, given: AddDocument, _call: Call) -> AddedDocument:
        """Take a document in. Nobody here vouches for its words: a person does, over REST."""
        filed = given.model_dump(include=set(UploadIn.model_fields))
        return await self._documents.upload(
            UploadIn.model_validate(filed), given.content(), owner=given.user_id or DEFAULT_OWNER
        )

    async def fetch_document(self, given: FetchDocument, _call: Call) -> AddedDocument:
        """Have a document fetched."""
        return await self._documents.fetch(given, owner=given.user_id or DEFAULT_OWNER)

    async def list_documents(self, given: ListDocuments, _call: Call) -> DocumentPage:
        """List documents."""
        return await self._documents.page(given, owner=given.user_id or DEFAULT_OWNER)

    async def get_document(self, given: OneDocument, _call: Call) -> DocumentOut:
        """Give one document."""
        return await self._documents.get(given.document_id, owner=given.user_id)

    async def delete_document(self, given: OneDocument, _call: Call) -> Removed:
        """Delete one document."""
        await self._documents.delete(given.document_id, owner=given.user_id)
        return Removed(document_id=given.document_id)

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools as they are offered."""
        return [
            Tool(
                name="add_document",
                title="Add a document",
                description="Keep a document (Markdown, text, HTML, PDF, DOCX) so that"
                " search_memories finds its passages with page and heading. It is read in the"
                " background: get_document tells how far it is. The same name again replaces it:"
                " what did not change stays.",
                arguments=AddDocument,
                result=AddedDocument,
                run=self.add_document,
                is_idempotent=True,
                toolset=TOOLSET,
            ),
            Tool(
                name="fetch_document",
                title="Fetch a document",
                description="Have a document of the Internet fetched and kept as add_document"
                " does; said again, it is fetched again, and follows what changed there.",
                arguments=FetchDocument,
                result=AddedDocument,
                run=self.fetch_document,
                is_idempotent=True,
                is_open_world=True,
                toolset=TOOLSET,
            ),
            Tool(
                name="list_documents",
                title="List documents",
                description="List documents and how far they are, the newest first; goes on by"
                " cursor.",
                arguments=ListDocuments,
                result=DocumentPage,
                run=self.list_documents,
                is_read_only=True,
                toolset=TOOLSET,
            ),
            Tool(
                name="get_document",
                title="Show a document",
                description="Give one document: where it is from, how far it is read, why it"
                " failed. list_memories gives its passages by document.",
                arguments=OneDocument,
                result=DocumentOut,
                run=self.get_document,
                is_read_only=True,
                toolset=TOOLSET,
            ),
            Tool(
                name="delete_document",
                title="Delete a document",
                description="Delete a document with all its passages, without a way back.",
                arguments=OneDocument,
                result=Removed,
                run=self.delete_document,
                is_destructive=True,
                toolset=TOOLSET,
            ),
        ]
