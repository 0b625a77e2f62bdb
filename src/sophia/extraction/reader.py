"""Having files read, a few at once, each in a process of its own."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from sophia.extraction.blocks import Block
from sophia.extraction.errors import (
    FileEncryptedError,
    FileExcessiveError,
    FileUnreadableError,
)

_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of a file is read, and how long that may take."""

    max_pages: int
    max_chars: int
    max_cpu_s: int
    within_s: float


@dataclass(frozen=True, slots=True)
class Extracted:
    """What was read of a file."""

    blocks: Sequence[Block]
    pages: int | None
    is_cut: bool


class Extractor:
    """Reads files."""

    def __init__(self, bounds: Bounds) -> None:
        """Start with nothing to read."""
        self._bounds = bounds
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def read(self, content: bytes, *, media_type: str) -> Extracted:
        """Read a file of one of the types that have text.

        Raises FileUnreadableError, FileEncryptedError, FileExcessiveError.
        """
        async with self._slots:
            told = await _told(content, media_type, self._bounds)
        match told.get("refused"):
            case "encrypted":
                raise FileEncryptedError
            case "excessive":
                raise FileExcessiveError
            case _:
                blocks = [Block(text, level, page) for text, level, page in told["blocks"]]
                return Extracted(blocks, told["pages"], told["is_cut"])


async def _told(content: bytes, media_type: str, bounds: Bounds) -> dict[str, Any]:
    numbers = map(str, (bounds.max_pages, bounds.max_chars, bounds.max_cpu_s))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sophia.extraction.program",
        media_type,
        *numbers,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(bounds.within_s):
            out, _ = await process.communicate(content)
    except TimeoutError as error:
        raise FileUnreadableError from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise FileUnreadableError
    return orjson.loads(out)
