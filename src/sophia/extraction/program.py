"""Reading a file, as a program of its own: what the file makes of it dies with it.

It reads the file from standard input and writes JSON. Whatever it does not know, it ends of.
"""

import resource
import sys
from typing import Any

import orjson

from sophia.extraction import content, docx, html, pdf, text
from sophia.extraction.blocks import EncryptedError, ExcessiveError, Found

_MAX_MEMORY_BYTES = 1024 * 1024 * 1024


def extract(raw: bytes, *, media_type: str, max_pages: int, max_chars: int) -> dict[str, Any]:
    """Give the blocks within the bounds, how many pages there are, and whether that is all."""
    found = _read(raw, media_type, max_pages)
    blocks: list[tuple[str, int, int | None]] = []
    room = max_chars
    for block in found.blocks:
        # NUL is what no text in the database holds; lone surrogates no encoding has.
        said = block.text.replace("\x00", "").encode(errors="replace").decode().strip()
        if said:
            blocks.append((said[:room], block.level, block.page))
        room -= len(said)
        if room <= 0:
            break
    is_cut = room <= 0 or (found.pages or 0) > max_pages
    return {"blocks": blocks, "pages": found.pages, "is_cut": is_cut}


def _read(raw: bytes, media_type: str, max_pages: int) -> Found:
    match media_type:
        case content.PDF:
            return pdf.read(raw, max_pages=max_pages)
        case content.DOCX:
            return docx.read(raw)
        case content.HTML:
            return html.read(raw)
        case content.MARKDOWN:
            return text.read_markdown(raw)
        case _:
            return text.read(raw)


def main() -> None:
    """Read, within bounds, and write."""
    media_type, *numbers = sys.argv[1:]
    max_pages, max_chars, max_cpu_s = map(int, numbers)
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY_BYTES, _MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (max_cpu_s, max_cpu_s))
    try:
        told = extract(
            sys.stdin.buffer.read(),
            media_type=media_type,
            max_pages=max_pages,
            max_chars=max_chars,
        )
    except EncryptedError:
        told = {"refused": "encrypted"}
    except ExcessiveError:
        told = {"refused": "excessive"}
    sys.stdout.buffer.write(orjson.dumps(told))


if __name__ == "__main__":
    main()
