"""PDF: a block for each page, divided where its outline has a heading."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pypdf import PasswordType, PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import Destination

from sophia.extraction.blocks import Block, EncryptedError, Found

_MAX_HEADINGS = 5_000


@dataclass(frozen=True, slots=True)
class _Heading:
    title: str
    level: int


def read(content: bytes, *, max_pages: int) -> Found:
    """Read a PDF; raises EncryptedError."""
    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted and reader.decrypt("") is PasswordType.NOT_DECRYPTED:
        raise EncryptedError
    pages = len(reader.pages)
    return Found(_blocks(reader, min(pages, max_pages)), pages)


def _blocks(reader: PdfReader, pages: int) -> Iterator[Block]:
    headings = _headings(reader)
    for number in range(pages):
        text = reader.pages[number].extract_text().strip()
        yield from _divided(text, headings.get(number, ()), page=number + 1)


def _divided(text: str, headings: Sequence[_Heading], *, page: int) -> Iterator[Block]:
    """Divide a page where a line is a heading's; one that no line tells is at the page's top."""
    lines, start = text.splitlines(), 0
    places = [(_place(lines, one.title), one) for one in headings]
    yield from (Block(one.title, one.level, page) for place, one in places if place is None)
    for place, one in sorted(
        ((place, one) for place, one in places if place is not None), key=lambda pair: pair[0]
    ):
        if place < start:
            continue  # two of one title: the first stands for both
        yield Block("\n".join(lines[start:place]), page=page)
        yield Block(one.title, one.level, page)
        start = place + 1
    yield Block("\n".join(lines[start:]), page=page)


def _place(lines: Sequence[str], title: str) -> int | None:
    wanted = _plain(title)
    return next((at for at, line in enumerate(lines) if _plain(line) == wanted), None)


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()


def _headings(reader: PdfReader) -> dict[int, list[_Heading]]:
    """Give the headings of the outline by the page that they point to, counted from 0."""
    found: dict[int, list[_Heading]] = {}
    waiting = [(1, iter(_outline(reader)))]
    count = 0
    while waiting and count < _MAX_HEADINGS:
        level, entries = waiting[-1]
        entry = next(entries, None)
        if entry is None:
            waiting.pop()
        elif isinstance(entry, list):
            waiting.append((level + 1, iter(entry)))
        else:
            count += 1
            page = reader.get_destination_page_number(entry)
            title = " ".join(str(entry.title or "").split())
            if page is not None and title:
                found.setdefault(page, []).append(_Heading(title, level))
    return found


def _outline(reader: PdfReader) -> Sequence[Destination | list[Destination]]:
    try:
        return reader.outline  # pyright: ignore[reportReturnType] - lists in lists, told as Any
    except PyPdfError:
        return []  # the pages can be read without it
