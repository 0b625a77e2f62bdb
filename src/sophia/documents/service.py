"""Adding, listing and deleting documents; what is in them is read in the background."""

import asyncio
import hashlib
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

from sqlalchemy import RowMapping

from sophia.documents import repository
from sophia.documents.errors import (
    DocumentEmptyError,
    DocumentGuardedError,
    DocumentMissingError,
    DocumentTooLargeError,
    DocumentTypeError,
    DocumentUploadedError,
)
from sophia.documents.schemas import (
    AddedDocument,
    DocumentOut,
    DocumentPage,
    FetchIn,
    Filing,
    ListDocumentsQuery,
    UploadIn,
)
from sophia.extraction.content import document_type_of, has_office_password
from sophia.extraction.errors import FileEncryptedError
from sophia.kit.clock import Clock
from sophia.kit.ids import uuid7
from sophia.kit.page import cut, decode_cursor
from sophia.memory import spaces
from sophia.memory.errors import NotToBeKeptError
from sophia.memory.screening import PLAIN_SCREEN, Screen, Screening
from sophia.outgoing.hosts import target_of
from sophia.store.database import Database, Reader, Writer
from sophia.store.user_database import UserDatabase

_MAX_NAME_CHARS = 200
# What makes an upload the same as the one before, beside its content.
_FILED_BY = ("category", "tags", "trust")


class DocumentService:
    """The documents of everybody, each owner's apart from all others', as with memories.

    An `owner` of None, where it is allowed, reaches those of every owner.
    """

    def __init__(
        self,
        owned: UserDatabase,
        everybodys: Database,
        clock: Clock,
        *,
        max_bytes: int,
        screen: Screen = PLAIN_SCREEN,
    ) -> None:
        """Take the ways to one owner's and to all documents, and what is not kept."""
        self._owned = owned
        self._everybodys = everybodys
        self._clock = clock
        self._max_bytes = max_bytes
        self._screen = screen

    async def upload(self, document: UploadIn, content: bytes, *, owner: str) -> AddedDocument:
        """Take a document in, in place of the one of that name in that scope.

        Raises DocumentEmptyError, DocumentTooLargeError, DocumentTypeError, DocumentGuardedError,
        FileEncryptedError, NotToBeKeptError, ScopeUnknownError, ScopeClosedError.
        """
        await asyncio.to_thread(
            checked_type, content, name=document.name, max_bytes=self._max_bytes
        )
        values = {
            "name": document.name,
            "url": None,
            "pending": content,
            "sha256": hashlib.sha256(content).digest(),
            "trust": "told" if document.is_trusted else "untrusted",
        }
        return await self._put(document, values, owner=owner)

    async def fetch(self, document: FetchIn, *, owner: str) -> AddedDocument:
        """Have a document fetched, in place of the one of that name in that scope.

        Raises UrlRefusedError, NotToBeKeptError, DocumentGuardedError, ScopeUnknownError,
        ScopeClosedError.
        """
        target_of(document.url)
        values = {
            "name": document.name or name_of(document.url),
            "url": document.url,
            "pending": None,
            "sha256": None,
            "trust": "untrusted",
        }
        return await self._put(document, values, owner=owner)

    async def refresh(self, id_: UUID, *, owner: str | None) -> DocumentOut:
        """Have a document fetched again; raises DocumentMissingError, DocumentUploadedError."""
        async with self._transaction(owner) as writer:
            row = await _locked(writer, owner=owner, id_=id_)
            if row["url"] is None:
                raise DocumentUploadedError
            values = {name: row[name] for name in ("id", "url", *_FILED_BY)}
            waiting = {"pending": None, "sha256": None, "now": self._clock.now()}
            row = await repository.change(writer, {**values, **waiting})
            return _shown(row, await spaces.names(writer, [row]))

    async def page(self, query: ListDocumentsQuery, *, owner: str) -> DocumentPage:
        """List documents, the newest first; raises ScopeUnknownError, CursorInvalidError."""
        after = decode_cursor(query.cursor)
        async with self._owned.reading(owner) as reader:
            reach = await spaces.reach(reader, viewer=owner, scope=query.scope)
            rows = await repository.newest(reader, reach=reach, after=after, limit=query.limit + 1)
            teams = await spaces.names(reader, rows)
        page = cut(rows, limit=query.limit, key=lambda row: row["id"])
        return DocumentPage(
            documents=[_shown(row, teams) for row in page.items], next_cursor=page.next_cursor
        )

    async def get(self, id_: UUID, *, owner: str | None) -> DocumentOut:
        """Give one document, and how far it is; raises DocumentMissingError."""
        async with self._reading(owner) as reader:
            row = await repository.get(reader, owner=owner, id_=id_)
            if row is None:
                raise DocumentMissingError
            return _shown(row, await spaces.names(reader, [row]))

    async def delete(self, id_: UUID, *, owner: str | None) -> None:
        """Delete a document with all its passages, for good.

        Raises DocumentMissingError, DocumentGuardedError.
        """
        async with self._transaction(owner) as writer:
            await _locked(writer, owner=owner, id_=id_)
            await repository.remove(writer, id_=id_)

    async def _put(self, filing: Filing, given: Mapping[str, Any], *, owner: str) -> AddedDocument:
        now, screening = self._clock.now(), Screening(self._screen)
        if screening.optional(given["url"]) != given["url"]:
            raise NotToBeKeptError(
                f"Not added: its URL holds a {screening.redacted[0]}. Upload the document instead."
            )
        async with self._owned.transaction(owner) as writer:
            home = await spaces.home(writer, viewer=owner, scope=filing.scope)
            values: dict[str, Any] = {
                **given,
                "id": uuid7(),
                "name": screening.text(given["name"])[:_MAX_NAME_CHARS],
                "category": filing.category,
                "tags": [screening.text(tag) for tag in filing.tags],
                "owner": home.owner,
                "scope": home.scope,
                "author": owner,
                "now": now,
            }
            row = await repository.add(writer, values)
            is_changed = row is not None or not await self._is_same(writer, home, values)
            if row is None:
                row = await repository.lock_named(writer, home=home, name=values["name"])
                if row is None:
                    raise DocumentGuardedError
                if is_changed:
                    row = await repository.change(writer, {**values, "id": row["id"]})
            teams = await spaces.names(writer, [row])
        return AddedDocument(**_shown(row, teams).model_dump(), is_changed=is_changed)

    async def _is_same(self, reader: Reader, home: spaces.Home, values: Mapping[str, Any]) -> bool:
        row = await repository.named(reader, home=home, name=values["name"])
        if row is None or row["url"] is not None or row["state"] == "failed":
            return False
        return all(row[name] == values[name] for name in ("sha256", *_FILED_BY))

    def _reading(self, owner: str | None) -> AbstractAsyncContextManager[Reader]:
        return self._everybodys.reading() if owner is None else self._owned.reading(owner)

    def _transaction(self, owner: str | None) -> AbstractAsyncContextManager[Writer]:
        return self._everybodys.transaction() if owner is None else self._owned.transaction(owner)


def checked_type(content: bytes, *, name: str, max_bytes: int, declared: str = "") -> str:
    """Give the type of a document that may be read.

    Raises DocumentEmptyError, DocumentTooLargeError, DocumentTypeError, FileEncryptedError.
    """
    if not content.strip():
        raise DocumentEmptyError
    if len(content) > max_bytes:
        raise DocumentTooLargeError(
            f"The document is larger than {max_bytes:,} bytes: divide it, and send the parts under"
            " names of their own.",
            max_bytes=max_bytes,
        )
    if has_office_password(content):
        raise FileEncryptedError
    media_type = document_type_of(content, name=name, declared=declared)
    if media_type is None:
        raise DocumentTypeError
    return media_type


def name_of(url: str) -> str:
    """Name a document after where it is, without what its address asks for."""
    parts = urlsplit(url)
    return unquote(f"{parts.hostname or ''}{parts.path}").rstrip("/")[-_MAX_NAME_CHARS:]


async def _locked(writer: Writer, *, owner: str | None, id_: UUID) -> RowMapping:
    row = await repository.lock(writer, owner=owner, id_=id_)
    if row is not None:
        return row
    if await repository.get(writer, owner=owner, id_=id_) is None:
        raise DocumentMissingError
    raise DocumentGuardedError


def _shown(row: RowMapping, teams: Mapping[str, str]) -> DocumentOut:
    same = ("name", "url", "category", "tags", "trust", "state", "failure", "media_type", "pages")
    counted = ("passages", "indexed", "is_cut", "created_at", "updated_at", "indexed_at")
    return DocumentOut.model_validate(
        {
            "document_id": row["id"],
            "scope": spaces.scope_of(row, teams),
            **{name: row[name] for name in (*same, *counted)},
        }
    )
