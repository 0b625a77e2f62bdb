"""Cursor pages: newest first, stable while rows are added."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sophia.kit.errors import Kind, SophiaError

MAX_LIMIT = 200


class CursorInvalidError(SophiaError):
    """That cursor was not made by this API: leave it out to start from the first page."""

    kind = Kind.INVALID
    code = "page.cursor_invalid"


@dataclass(frozen=True, slots=True)
class Page[T]:
    """One page of items and the cursor of the next one, if there is more."""

    items: Sequence[T]
    next_cursor: str | None


def encode_cursor(after: UUID) -> str:
    """Write the last seen id as an opaque cursor."""
    return base64.urlsafe_b64encode(after.bytes).decode().rstrip("=")


def decode_cursor(cursor: str | None) -> UUID | None:
    """Read a cursor back; raises CursorInvalidError for anything else."""
    if cursor is None:
        return None
    try:
        after = UUID(bytes=base64.b64decode(cursor + "==", altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise CursorInvalidError from error
    if encode_cursor(after) != cursor:  # a spelling that we never write
        raise CursorInvalidError
    return after


def cut[T](rows: Sequence[T], *, limit: int, key: Callable[[T], UUID]) -> Page[T]:
    """Cut a page out of at most limit + 1 rows."""
    if len(rows) <= limit:
        return Page(items=rows, next_cursor=None)
    kept = rows[:limit]
    return Page(items=kept, next_cursor=encode_cursor(key(kept[-1])))
