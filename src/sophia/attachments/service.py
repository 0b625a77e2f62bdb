"""Uploading files, and clearing away those that were never sent."""

import asyncio
import hashlib
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping

from sophia.attachments import repository
from sophia.attachments.content import media_type_of
from sophia.attachments.errors import (
    AttachmentEmptyError,
    AttachmentInUseError,
    AttachmentMissingError,
    AttachmentQuotaError,
    AttachmentTooLargeError,
    AttachmentTypeError,
)
from sophia.attachments.reading import FileReader
from sophia.identity.schemas import Viewer
from sophia.kit import log
from sophia.kit.clock import Clock
from sophia.store.database import Database
from sophia.store.user_database import UserDatabase

_logger = log.get("attachments")


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
        read = await self.reader.read(content, media_type=media_type)
        sha256 = hashlib.sha256(content).digest()
        async with self.database.transaction(viewer.user_id) as writer:
            used = await repository.used_bytes(writer, user_id=viewer.user_id, but=sha256)
            if used + len(content) > self.quota_bytes:
                raise AttachmentQuotaError(quota_bytes=self.quota_bytes, used_bytes=used)
            return await repository.add(
                writer,
                {
                    "id": id_,
                    "user_id": viewer.user_id,
                    "sha256": sha256,
                    "content": content,
                    "name": name,
                    "media_type": media_type,
                    "size_bytes": len(content),
                    "said": read.text,
                    "pages": read.pages,
                    "is_cut": read.is_cut,
                    "now": self.clock.now(),
                },
            )

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
