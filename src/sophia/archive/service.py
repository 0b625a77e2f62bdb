"""Exporting and importing conversations."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson
from pydantic import ValidationError
from sqlalchemy import RowMapping

from sophia.archive import repository
from sophia.archive.errors import FileInvalidError
from sophia.archive.replay import turn_from_file, turn_to_file
from sophia.archive.repository import StoredConversation
from sophia.archive.schemas import MAX_FILES, MAX_TURNS, AttachmentFile, ConversationFile
from sophia.attachments import repository as attachments
from sophia.attachments.reading import ReadFile
from sophia.attachments.service import AttachmentService, CheckedFile
from sophia.audit.journal import record
from sophia.chat import repository as chat_repository
from sophia.chat.errors import ConversationMissingError
from sophia.extraction.content import PDF
from sophia.identity.deeds import deed
from sophia.identity.schemas import Viewer
from sophia.kit.clock import Clock
from sophia.kit.ids import ConversationId, TurnId, UserId, uuid7
from sophia.kit.invalid import findings
from sophia.kit.page import MAX_LIMIT
from sophia.store.database import Reader
from sophia.store.user_database import UserDatabase

_MAX_DEPTH = 64
# In base64 a third more, and then still less than an import may be.
_CARRIED_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ArchiveService:
    """Conversations out of Sophia and into her again. Its database may take a while."""

    database: UserDatabase
    attachments: AttachmentService
    clock: Clock

    async def export(
        self, viewer: Viewer, id_: ConversationId, *, are_files_carried: bool
    ) -> ConversationFile:
        """Give a conversation with all its turns and what its files hold, as far as one carries it.

        Raises ConversationMissingError.
        """
        async with self.database.reading(viewer.user_id) as reader:
            conversation = await chat_repository.conversation(
                reader, user_id=viewer.user_id, id_=id_
            )
            if conversation is None:
                raise ConversationMissingError
            rows = await _all_turns(reader, user_id=viewer.user_id, id_=id_)
            files = await attachments.contents_of_conversation(
                reader,
                user_id=viewer.user_id,
                conversation_id=id_,
                max_bytes=_CARRIED_BYTES if are_files_carried else 0,
            )
        async with self.database.transaction(viewer.user_id) as writer:
            await record(writer, deed(viewer, "conversation.export", target=id_))
        return await asyncio.to_thread(self._file, conversation, rows[::-1], files)

    async def import_(self, viewer: Viewer, id_: ConversationId, body: bytes) -> None:
        """Make a conversation of one's own from a file, unless it is there.

        Raises FileInvalidError, and what is wrong with an attachment.

        Nothing of it is run, and nothing in it is believed: it counts as text of third parties.
        """
        file = await asyncio.to_thread(read, body)
        ids = {turn.id: TurnId(uuid7()) for turn in file.turns}
        files = [await self._checked(one) for one in file.attachments if one.content is not None]
        carried = [one.id for one in file.attachments if one.content is not None]
        file_ids = dict(zip(carried, (one.id for one in files), strict=True))
        turns = await asyncio.to_thread(
            lambda: [turn_from_file(turn, ids, file_ids) for turn in file.turns]
        )
        async with self.database.transaction(viewer.user_id) as writer:
            stored = StoredConversation(
                id=id_,
                user_id=viewer.user_id,
                title=file.title,
                created_at=file.created_at,
                activity=ids[file.turns[-1].id] if file.turns else id_,
                now=self.clock.now(),
            )
            if await repository.add_conversation(writer, stored):
                await self.attachments.add(writer, viewer, files)
                await repository.add_turns(
                    writer,
                    turns,
                    conversation_id=id_,
                    user_id=viewer.user_id,
                    user_name=viewer.name,
                )
                await record(writer, deed(viewer, "conversation.import", target=id_))

    async def _checked(self, file: AttachmentFile) -> CheckedFile:
        """Look at a carried file as at one that is uploaded; what was read of a PDF comes along."""
        read = ReadFile(file.text, file.pages, file.is_cut)
        return await self.attachments.check(uuid7(), file.content or b"", name=file.name, pdf=read)

    def _file(
        self, conversation: RowMapping, rows: list[RowMapping], files: Sequence[RowMapping]
    ) -> ConversationFile:
        return ConversationFile(
            format="sophia.conversation",
            version=1,
            exported_at=self.clock.now(),
            title=conversation["title"],
            created_at=conversation["created_at"],
            turns=[turn_to_file(row) for row in rows],
            attachments=[_attachment(row) for row in files],
        )


def _attachment(row: RowMapping) -> AttachmentFile:
    is_pdf = row["media_type"] == PDF
    return AttachmentFile(
        id=str(row["id"]),
        name=row["name"],
        content=row["content"],
        text=row["said"] if is_pdf else None,
        pages=row["pages"],
        is_cut=row["is_cut"],
    )


async def _all_turns(reader: Reader, *, user_id: UserId, id_: ConversationId) -> list[RowMapping]:
    rows: list[RowMapping] = []
    cursor: str | None = None
    while True:
        page = await chat_repository.turn_page(
            reader, user_id=user_id, conversation_id=id_, cursor=cursor, limit=MAX_LIMIT
        )
        rows += page.items
        if (cursor := page.next_cursor) is None:
            return rows


def read(body: bytes) -> ConversationFile:
    """Read a file; raises FileInvalidError that says where it is wrong."""
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise FileInvalidError(f"That is no JSON: {error}.") from error
    _require_storable(data)
    try:
        # Strict: a number is no date.
        file = ConversationFile.model_validate_json(body, strict=True)
    except ValidationError as error:
        found = findings(error.errors(include_url=False, include_context=False))[0]
        raise FileInvalidError(
            f"{found['where'] or 'The file'}: {found['what']}", where=found["where"]
        ) from error
    if len(file.turns) > MAX_TURNS or len(file.attachments) > MAX_FILES:
        raise FileInvalidError(
            f"The file holds more than {MAX_TURNS:,} turns or {MAX_FILES:,} attachments."
        )
    return file


def _require_storable(data: Any) -> None:
    """Refuse what JSON in the database cannot hold."""
    level: list[Any] = [data]
    for _ in range(_MAX_DEPTH):
        if any(isinstance(value, str) and "\x00" in value for value in level):
            raise FileInvalidError("The file holds the character U+0000: leave it out.")
        inside: list[Any] = []
        for value in level:
            match value:
                case dict():
                    inside += cast("dict[str, Any]", value).keys()
                    inside += cast("dict[str, Any]", value).values()
                case list():
                    inside += cast("list[Any]", value)
                case _:
                    pass
        level = inside
        if not level:
            return
    raise FileInvalidError(f"The file is nested deeper than {_MAX_DEPTH} levels: make it flatter.")
