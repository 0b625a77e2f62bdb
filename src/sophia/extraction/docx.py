"""Word documents: paragraphs, headings by their styles, tables row by row."""

import io
import re
import zipfile
from collections.abc import Iterator

import docx
from docx.table import Table
from docx.text.paragraph import Paragraph

from sophia.extraction.blocks import Block, ExcessiveError, Found

_MAX_ENTRIES = 5_000
_MAX_UNPACKED_BYTES = 128 * 1024 * 1024
_HEADING = re.compile(r"[Hh]eading ([1-9])")


def read(content: bytes) -> Found:
    """Read a Word document; raises ExcessiveError, and whatever comes of what is none."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
    # No entry gives more than its directory says: zipfile stops there.
    if (
        len(entries) > _MAX_ENTRIES
        or sum(entry.file_size for entry in entries) > _MAX_UNPACKED_BYTES
    ):
        raise ExcessiveError
    return Found(_blocks(content))


def _blocks(content: bytes) -> Iterator[Block]:
    for part in docx.Document(io.BytesIO(content)).iter_inner_content():
        if isinstance(part, Table):
            yield Block(_rows(part))
        else:
            yield Block(part.text, _level(part))


def _level(paragraph: Paragraph) -> int:
    name = paragraph.style.name if paragraph.style else None
    if name == "Title":
        return 1
    found = _HEADING.fullmatch(name or "")
    return int(found[1]) if found else 0


def _rows(table: Table) -> str:
    return "\n".join(
        " | ".join(" ".join(cell.text.split()) for cell in row.cells) for row in table.rows
    )
