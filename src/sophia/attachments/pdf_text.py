"""The text of a PDF, as a program of its own: what a PDF makes of it dies with it.

It reads the PDF from standard input and writes JSON. Whatever it does not know, it ends of.
"""

import io
import resource
import sys
from typing import Any

import orjson
from pypdf import PasswordType, PdfReader

MAX_PAGES = 500
MAX_CHARS = 200_000
_MAX_MEMORY_BYTES = 1024 * 1024 * 1024
_MAX_CPU_S = 15


def extract(content: bytes) -> dict[str, Any]:
    """Give the text of the first pages, how many pages there are, and whether that is all."""
    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted and reader.decrypt("") is PasswordType.NOT_DECRYPTED:
        return {"is_encrypted": True}
    parts: list[str] = []
    room = MAX_CHARS
    pages = len(reader.pages)
    for number in range(min(pages, MAX_PAGES)):
        text = reader.pages[number].extract_text().strip()
        parts.append(text[:room])
        room -= len(text)
        if room <= 0:
            break
    text = "\n\n".join(part for part in parts if part)
    return {"text": text, "pages": pages, "is_cut": room <= 0 or pages > MAX_PAGES}


def main() -> None:
    """Read, within bounds, and write."""
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY_BYTES, _MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_MAX_CPU_S, _MAX_CPU_S))
    found = extract(sys.stdin.buffer.read())
    sys.stdout.buffer.write(orjson.dumps(found))


if __name__ == "__main__":
    main()
