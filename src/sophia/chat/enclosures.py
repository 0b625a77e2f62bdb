"""Which files of a line of turns the model is given, the newest first, as far as there is room."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import RowMapping

from sophia.core.messages import Attachment

_MAX_CHARS = 120_000
_MAX_IMAGES = 10

type Enclosures = Mapping[UUID, tuple[Attachment, ...]]


def enclosures(line: Sequence[UUID], rows: Sequence[RowMapping]) -> Enclosures:
    """Give the files of each turn of a line, oldest first, out of what is stored of them."""
    room = _Room()
    found: dict[UUID, tuple[Attachment, ...]] = {}
    for turn_id in reversed(line):
        found[turn_id] = tuple(room.take(row) for row in rows if row["turn_id"] == turn_id)
    return found


class _Room:
    """What is left of the room for files in one request."""

    def __init__(self) -> None:
        self._chars = _MAX_CHARS
        self._images = _MAX_IMAGES

    def take(self, row: RowMapping) -> Attachment:
        content: bytes | None = row["content"]
        if content is not None:
            self._images -= 1
            if self._images < 0:
                content = None
        said: str | None = row["said"]
        given = said
        if said is not None:
            given = said[: self._chars]
            self._chars -= len(given)
        return Attachment(
            id=str(row["id"]),
            name=row["name"],
            media_type=row["media_type"],
            text=given or None,
            content=content,
            is_cut=row["is_cut"] or given != said,
        )
