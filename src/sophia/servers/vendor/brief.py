"""Answers made for a model: as much as it needs, with a way to the rest."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field

from sophia.servers.errors import CursorInvalidError
from sophia.servers.output import read_cursor, write_cursor
from sophia.servers.vendor.errors import FieldUnknownError

# About 8,000 tokens, and what of it the items of a list may take.
ANSWER_BYTES = 28 * 1024
LIST_BYTES = 24 * 1024
BODY_CHARS = 6_000
PART_CHARS = 2_000
SNIPPET_CHARS = 280
_MAX_DIGITS = 4
_MAX_PLACE_DIGITS = 9
_EMPTY_PAGES = 4
_KEY = re.compile(r"[A-Za-z0-9-]{1,64}")

type Json = dict[str, Any]

Limit = Annotated[int, Field(ge=1, le=100)]
Cursor = Annotated[
    str | None, Field(description="next_cursor of the page before; leave out for the first.")
]
PartCursor = Annotated[
    str | None,
    Field(description="next_cursor of one of the items: that one alone is given, from there on."),
]
Fields = Annotated[
    list[str],
    Field(max_length=20, description="Names of the vendor's own fields to give besides, in more."),
]


class Body(BaseModel):
    """A long text, trimmed."""

    text: str
    next_cursor: str | None = Field(
        default=None, description="Pass it as body_cursor to read on; null: that was all."
    )


def body_of(text: str | None, *, cursor: str | None = None, max_chars: int = BODY_CHARS) -> Body:
    """Give a text from where the cursor stands, up to a length; raises CursorInvalidError."""
    start = read_cursor(cursor) or 0
    if not isinstance(start, int):
        raise CursorInvalidError
    said, end = _piece(text, start, max_chars)
    return Body(text=said, next_cursor=None if end is None else write_cursor(end))


@dataclass(frozen=True, slots=True)
class Part:
    """From where on one of many texts is wanted, by the vendor's id of it."""

    key: str
    start: int

    @classmethod
    def asked(cls, cursor: str) -> Self:
        """Read a cursor of `part_of`; raises CursorInvalidError."""
        match str(read_cursor(cursor)).split(" "):
            case [key, start] if _KEY.fullmatch(key) and start.isascii() and start.isdecimal():
                return cls(key, int(start[:_MAX_PLACE_DIGITS]))
            case _:
                raise CursorInvalidError


def part_of(text: str | None, key: str | int, *, start: int = 0) -> dict[str, Any]:
    """Give the fields of a Body for one of many texts: as much of it as a list has room for.

    Raises CursorInvalidError.
    """
    said, end = _piece(text, start, PART_CHARS)
    return {"text": said, "next_cursor": None if end is None else write_cursor(f"{key} {end}")}


def _piece(text: str | None, start: int, max_chars: int) -> tuple[str, int | None]:
    """Give a piece of a text, and where the next begins."""
    whole = (text or "").replace("\r\n", "\n")
    if not 0 <= start <= len(whole):
        raise CursorInvalidError
    end = start + max_chars
    if end >= len(whole):
        return whole[start:], None
    # Rather between two lines than within one.
    end = max(whole.rfind("\n", start + max_chars // 2, end) + 1, 0) or end
    return whole[start:end], end


def snippet(text: str | None, *, max_chars: int = SNIPPET_CHARS) -> str:
    """Give the beginning of a text on one line."""
    line = " ".join((text or "")[: max_chars * 4].split())
    return line if len(line) <= max_chars else f"{line[: max_chars - 1]}…"


def chosen(raw: Mapping[str, Any], fields: Sequence[str]) -> Json:
    """Pick fields of the vendor's by name; raises FieldUnknownError, which lists those there."""
    check_fields(fields, sorted(raw))
    return {name: raw[name] for name in fields}


def check_fields(fields: Sequence[str], there: Sequence[str]) -> None:
    """Raise FieldUnknownError, which lists what is there, if a field is not."""
    unknown = [name for name in fields if name not in there]
    if unknown:
        raise FieldUnknownError(
            f"There is no field {', '.join(unknown)}; there are {', '.join(there)}."
        )


def fitting[M: BaseModel](items: Iterable[M], *, max_bytes: int = LIST_BYTES) -> list[M]:
    """Give as many of the items, from the first, as an answer has room for; at least one."""
    kept: list[M] = []
    for item in items:
        max_bytes -= len(item.model_dump_json())
        if max_bytes < 0 and kept:
            break
        kept.append(item)
    return kept


async def by_page[M: BaseModel](
    ask: Callable[[int, int], Awaitable[tuple[Sequence[M], bool]]],
    *,
    limit: int,
    cursor: str | None,
) -> tuple[list[M], str | None]:
    """List by a vendor's numbered pages: `ask(page, page_size)` gives items and if more follow.

    The cursor names the page, its size and how many of it were given: an answer that has room for
    half a page goes on in its middle. Pages of which nothing is wanted are passed over, some.
    """
    page, size, skip = _numbers(cursor) if cursor else (1, limit, 0)
    found, has_more = await ask(page, size)
    for _ in range(_EMPTY_PAGES):
        if found or not has_more:
            break
        page += 1
        found, has_more = await ask(page, size)
    left = found[skip:]
    kept = fitting(left[:limit])
    if len(kept) < len(left):
        return kept, write_cursor(f"{page} {size} {skip + len(kept)}")
    return kept, write_cursor(f"{page + 1} {size} 0") if has_more else None


async def by_cursor[M: BaseModel](
    ask: Callable[[str | None, int], Awaitable[tuple[Sequence[M], str | None]]],
    *,
    limit: int,
    cursor: str | None,
) -> tuple[list[M], str | None]:
    """List by a vendor's own cursors: `ask(after, page_size)` gives items and the next cursor.

    The size stays that of the first page; an answer that has room for less goes on in its middle.
    """
    size, skip, after = _place(cursor) if cursor else (limit, 0, None)
    found, following = await ask(after, size)
    left = found[skip:]
    kept = fitting(left[:limit])
    if len(kept) < len(left):
        return kept, write_cursor(f"{size} {skip + len(kept)} {after or ''}")
    return kept, write_cursor(f"{size} 0 {following}") if following else None


def _numbers(cursor: str) -> tuple[int, int, int]:
    match str(read_cursor(cursor)).split(" "):
        case [page, size, skip] if all(map(_is_count, (page, size, skip))):
            return int(page), min(int(size), 100), int(skip)
        case _:
            raise CursorInvalidError


def _place(cursor: str) -> tuple[int, int, str | None]:
    match str(read_cursor(cursor)).split(" ", 2):
        case [size, skip, after] if _is_count(size) and _is_count(skip):
            return int(size), int(skip), after or None
        case _:
            raise CursorInvalidError


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS
