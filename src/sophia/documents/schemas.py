"""The shapes of documents."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from sophia.kit.page import MAX_LIMIT
from sophia.memory.fields import Category, Name, Scope, Tags, Trust, YesNo, no_flag

MAX_URL_CHARS = 2_000
State = Literal["queued", "indexing", "ready", "failed"]
PageLimit = Annotated[int, Field(ge=1, le=MAX_LIMIT), BeforeValidator(no_flag)]
Url = Annotated[
    str,
    Field(min_length=1, max_length=MAX_URL_CHARS, description="http or https, of the Internet."),
]


class Filing(BaseModel):
    """Where a document is kept, and how what is in it is filed."""

    model_config = ConfigDict(extra="forbid")

    scope: Scope = ""
    category: Category = "general"
    tags: Tags = []


class UploadIn(Filing):
    """What is said of a document that is uploaded."""

    name: Name = Field(description="The same name in the same scope is the same document.")
    is_trusted: YesNo = Field(
        default=False,
        description="True: these are our own words. Else they count as strangers', and tools that"
        " write ask before they follow on them.",
    )


class FetchIn(Filing):
    """A document that is to be fetched; its words count as strangers'."""

    url: Url
    name: Name | None = Field(
        default=None, description="What it is called; the URL. The same name is the same document."
    )


class ListDocumentsQuery(BaseModel):
    """Which documents to list."""

    model_config = ConfigDict(extra="forbid")

    scope: Scope | None = None
    limit: PageLimit = 50
    cursor: str | None = Field(
        default=None, max_length=64, description="The next_cursor of the page before."
    )


class FailureOut(BaseModel):
    """Why a document was not read."""

    code: str
    message: str


class DocumentOut(BaseModel):
    """A document, and how far it is."""

    document_id: UUID
    name: str
    url: str | None
    scope: str
    category: str
    tags: list[str]
    trust: Trust = Field(description="untrusted: the words of strangers.")
    state: State = Field(
        description="queued and indexing: wait; what was there before is found meanwhile."
    )
    failure: FailureOut | None = Field(description="Why it failed, or is tried again.")
    media_type: str | None
    pages: int | None = Field(description="Null: its type has none.")
    passages: int = Field(description="Into how many passages it was split; each is a memory.")
    indexed: int = Field(description="How many of them are stored so far.")
    is_cut: bool = Field(description="True: it is longer than what is read.")
    created_at: datetime
    updated_at: datetime
    indexed_at: datetime | None

    @property
    def has_untrusted(self) -> bool:
        """Say whether its words are strangers'."""
        return self.trust == "untrusted"


class AddedDocument(DocumentOut):
    """What became of a document that was added."""

    is_changed: bool = Field(description="False: the same was there, and nothing happens.")


class DocumentPage(BaseModel):
    """Documents, the newest first."""

    documents: list[DocumentOut]
    next_cursor: str | None = Field(description="Null: that was all.")

    @property
    def has_untrusted(self) -> bool:
        """Say whether strangers' words are among them."""
        return any(document.has_untrusted for document in self.documents)
