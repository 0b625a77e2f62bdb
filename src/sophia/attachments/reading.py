"""What a model is told of a file: its text, within bounds."""

from dataclasses import dataclass

from sophia.attachments.errors import (
    PdfEncryptedError,
    PdfUnreadableError,
    PdfWithoutTextError,
)
from sophia.extraction.content import PDF, text_of
from sophia.extraction.errors import FileEncryptedError, FileUnreadableError
from sophia.extraction.reader import Bounds, Extractor

MAX_CHARS = 200_000
_BOUNDS = Bounds(max_pages=500, max_chars=MAX_CHARS, max_cpu_s=15, within_s=20.0)


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
        self._extractor = Extractor(_BOUNDS)

    async def read(self, content: bytes, *, media_type: str) -> ReadFile:
        """Read a file; raises PdfUnreadableError, PdfEncryptedError, PdfWithoutTextError."""
        if media_type == PDF:
            return await self._read_pdf(content)
        if not media_type.startswith("text/"):
            return ReadFile()
        text = text_of(content) or ""
        return ReadFile(text[:MAX_CHARS], is_cut=len(text) > MAX_CHARS)

    async def _read_pdf(self, content: bytes) -> ReadFile:
        try:
            found = await self._extractor.read(content, media_type=PDF)
        except FileEncryptedError as error:
            raise PdfEncryptedError from error
        except FileUnreadableError as error:
            raise PdfUnreadableError from error
        text = "\n\n".join(block.text for block in found.blocks)
        if not text:
            raise PdfWithoutTextError
        return ReadFile(text, pages=found.pages, is_cut=found.is_cut)
