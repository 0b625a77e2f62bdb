"""What a model is told of a file: its text, within bounds."""

import asyncio
import sys
from dataclasses import dataclass
from typing import Any

import orjson

from sophia.attachments.content import PDF, text_of
from sophia.attachments.errors import (
    PdfEncryptedError,
    PdfUnreadableError,
    PdfWithoutTextError,
)

MAX_CHARS = 200_000
_PDF_WITHIN_S = 20.0
_PDFS_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What was read of a file; an image has no text."""

    text: str | None = None
    pages: int | None = None
    is_cut: bool = False


class FileReader:
    """Reads files; PDFs a few at once, each in a process of its own."""

    def __init__(self) -> None:
        """Start with nothing to read."""
        self._slots = asyncio.Semaphore(_PDFS_AT_ONCE)

    async def read(self, content: bytes, *, media_type: str) -> ReadFile:
        """Read a file; raises PdfUnreadableError, PdfEncryptedError, PdfWithoutTextError."""
        if media_type == PDF:
            return await self._read_pdf(content)
        if not media_type.startswith("text/"):
            return ReadFile()
        text = text_of(content) or ""
        return ReadFile(text[:MAX_CHARS], is_cut=len(text) > MAX_CHARS)

    async def _read_pdf(self, content: bytes) -> ReadFile:
        async with self._slots:
            found = await _extracted(content)
        if found.get("is_encrypted"):
            raise PdfEncryptedError
        # NUL is what no text in the database holds; lone surrogates no encoding has.
        text = str(found["text"]).replace("\x00", "").encode(errors="replace").decode()
        if not text.strip():
            raise PdfWithoutTextError
        return ReadFile(text, pages=found["pages"], is_cut=found["is_cut"])


async def _extracted(content: bytes) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sophia.attachments.pdf_text",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(_PDF_WITHIN_S):
            out, _ = await process.communicate(content)
    except TimeoutError as error:
        raise PdfUnreadableError from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise PdfUnreadableError
    return orjson.loads(out)
