"""Uploading files, and clearing away those that were never sent."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping

from sophia.attachments import repository
from sophia.attachments.errors import (
    AttachmentEmptyError,
    AttachmentInUseError,
    AttachmentMissingError,
    AttachmentQuotaError,
    AttachmentTooLargeError,
    AttachmentTypeError,
    PdfWithoutTextError,
)
from sophia.attachments.reading import FileReader, ReadFile
from sophia.extraction.content import PDF, media_type_of
from sophia.identity.schemas import Viewer
from sophia.kit import log
from sophia.kit.clock import Clock
from sophia.store.database import Database, Writer
from sophia.store.user_database import UserDatabase

_logger = log.get("attachments")


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that may be stored, and what was read of it."""

    id: UUID
    name: str
    content: bytes
    sha256: bytes
    media_type: str
    read: ReadFile


@dataclass(frozen=True, slots=True)
class AttachmentService:
    """The files of the users. Its database may take a while."""

    database: UserDatabase
    reader: FileReader
    max_bytes: int
    quota_bytes: int
    clock: Clock

    async def upload(self, viewer: Viewer, id_: UUID, content: bytes, *, name: str) -> RowMapping:
        """Store a file that can go with a message, unless it is there; raises what is wrong."""
        file = await self.check(id_, content, name=name)
        async with self.database.transaction(viewer.user_id) as writer:
            (row,) = await self.add(writer, viewer, [file])
            return row

    async def check(
        self, id_: UUID, content: bytes, *, name: str, pdf: ReadFile | None = None
    ) -> CheckedFile:
        """Look at a file and read it, but for a PDF of which `pdf` was read; raises what is wrong.

        What is said to have been read counts for no more than the file: both are strangers' words.
        """
        if not content:
            raise AttachmentEmptyError
        if len(content) > self.max_bytes:
            raise AttachmentTooLargeError(
                f"The file is larger than {self.max_bytes:,} bytes: send a smaller one.",
                max_bytes=self.max_bytes,
            )
        media_type = await asyncio.to_thread(media_type_of, content, name=name)
        if media_type is None:
            raise AttachmentTypeError
        if media_type == PDF and pdf is not None:
            if not (pdf.text or "").strip():
                raise PdfWithoutTextError
            read = pdf
        else:
            read = await self.reader.read(content, media_type=media_type)
        sha256 = hashlib.sha256(content).digest()
        return CheckedFile(id_, name, content, sha256, media_type, read)

    async def add(
        self, writer: Writer, viewer: Viewer, files: Sequence[CheckedFile]
    ) -> list[RowMapping]:
        """Store files, each unless it is there; raises AttachmentQuotaError."""
        if not files:
            return []
        sizes = {file.sha256: len(file.content) for file in files}
        used = await repository.used_bytes(writer, user_id=viewer.user_id, but=list(sizes))
        if used + sum(sizes.values()) > self.quota_bytes:
            raise AttachmentQuotaError(quota_bytes=self.quota_bytes, used_bytes=used)
        return [
            await repository.add(
                writer,
                {
                    "id": file.id,
                    "user_id": viewer.user_id,
                    "sha256": file.sha256,
                    "content": file.content,
                    "name": file.name,
                    "media_type": file.media_type,
                    "size_bytes": len(file.content),
                    "said": file.read.text,
                    "pages": file.read.pages,
                    "is_cut": file.read.is_cut,
                    "now": self.clock.now(),
                },
            )
            for file in files
        ]

    async def content(self, viewer: Viewer, id_: UUID) -> RowMapping:
        """Give a file; raises AttachmentMissingError."""
        async with self.database.reading(viewer.user_id) as reader:
            found = await repository.content(reader, user_id=viewer.user_id, id_=id_)
        if found is None:
            raise AttachmentMissingError
        return found

    async def remove(self, viewer: Viewer, id_: UUID) -> None:
        """Delete a file that was not sent; raises AttachmentMissingError, AttachmentInUseError."""
        async with self.database.transaction(viewer.user_id) as writer:
            if await repository.content(writer, user_id=viewer.user_id, id_=id_) is None:
                raise AttachmentMissingError
            if not await repository.remove_unused(writer, [id_], user_id=viewer.user_id):
                raise AttachmentInUseError


@dataclass(frozen=True, slots=True)
class AttachmentUpkeep:
    """What is done for all users at once."""

    database: Database

    async def prune(self) -> None:
        """Delete what was uploaded a day ago and never sent."""
        async with self.database.transaction() as writer:
            removed = await repository.prune(writer)
        if removed:
            _logger.info("attachments.pruned", attachments=removed)
