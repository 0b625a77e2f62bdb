"""A file of memories on its way in, and how far it was read, so that the rest can follow."""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import BinaryIO

import orjson

from sophia.memory.formats import Unreadable, as_line, is_lines, read_file, read_line

_HEAD_BYTES = 64 * 1024
_CHUNK_LINES = 500
_CHUNK_BYTES = 4 * 1024 * 1024
_MAX_LINE_BYTES = 1024 * 1024


@dataclass(slots=True)
class Place:
    """How far a file was read: bytes of one of lines, parts of another; and what came of it."""

    offset: int = 0
    line: int = 0
    head_bytes: int = 0
    head: str = ""
    totals: dict[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class Chunk:
    """Lines to be sent, the number of the first, and where one is when they are stored."""

    content: bytes
    first_line: int
    offset: int
    line: int


class Bookmark:
    """Where a file's place is kept between runs."""

    def __init__(self, folder: Path, file: Path) -> None:
        """Name the bookmark after the file's own place."""
        self._file = file
        name = hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:32]
        self._path = folder / f"{name}.json"

    def read(self) -> Place:
        """Give the place; the beginning, if there is none or the file is another by now."""
        try:
            place = Place(**orjson.loads(self._path.read_bytes()))
        except (FileNotFoundError, orjson.JSONDecodeError, TypeError):
            return Place()
        is_same = place.head_bytes > 0 and self._head(place.head_bytes) == place.head
        return place if is_same else Place()

    def write(self, place: Place) -> None:
        """Keep the place, whole or not at all."""
        if place.head_bytes == 0:
            place.head_bytes = min(_HEAD_BYTES, self._file.stat().st_size)
            place.head = self._head(place.head_bytes)
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = self._path.with_suffix(".part")
        beside.write_bytes(orjson.dumps(asdict(place)))
        beside.replace(self._path)

    def forget(self) -> None:
        """Begin from the beginning the next time."""
        self._path.unlink(missing_ok=True)

    def _head(self, size: int) -> str:
        with self._file.open("rb") as opened:
            return hashlib.sha256(opened.read(size)).hexdigest()


class MemoryFile:
    """A file that is to be imported."""

    def __init__(self, path: Path) -> None:
        """Look at its first line: that tells what it is."""
        self._path = path
        self.size = path.stat().st_size
        self.is_cut = False
        self.unreadable = 0
        with path.open("rb") as opened:
            self.is_lines = is_lines(_first(opened))
        self._parts: list[bytes] = [] if self.is_lines else self._read_whole()
        self.length = self.size if self.is_lines else len(self._parts)

    def chunks(self, place: Place) -> Iterator[Chunk]:
        """Give what follows on a place, some lines at a time."""
        if self.is_lines:
            with self._path.open("rb") as opened:
                opened.seek(max(place.offset - 1, 0))
                if place.offset and opened.read(1) != b"\n":
                    opened.readline()  # the end of a line that was the last one when it was read
                yield from _gathered(self._lines(opened), place)
        else:
            parts = enumerate(self._parts[place.offset :], place.offset + 1)
            yield from _gathered(((part, end) for end, part in parts), place)

    def _lines(self, opened: BinaryIO) -> Iterator[tuple[bytes, int]]:
        while line := opened.readline():
            is_last = not line.endswith(b"\n")
            if is_last and any(isinstance(piece, Unreadable) for piece in read_line(line)):
                self.is_cut = True
                return
            if len(line) > _MAX_LINE_BYTES:
                # The server says of it what is wrong; it need not have all of it for that.
                line = b'"longer than a memory can be"\n'
            yield line.rstrip(b"\r\n"), opened.tell()

    def _read_whole(self) -> list[bytes]:
        parts: list[bytes] = []
        for piece in read_file(self._path.read_bytes()):
            if isinstance(piece, Unreadable):
                self.unreadable += 1
            else:
                parts.append(as_line(piece))
        return parts


def _gathered(lines: Iterator[tuple[bytes, int]], place: Place) -> Iterator[Chunk]:
    kept: list[bytes] = []
    size, first, number, end = 0, place.line + 1, place.line, place.offset
    for line, offset in lines:
        kept.append(line)
        size, number, end = size + len(line), number + 1, offset
        if len(kept) == _CHUNK_LINES or size >= _CHUNK_BYTES:
            yield Chunk(b"\n".join(kept), first, end, number)
            kept, size, first = [], 0, number + 1
    if kept:
        yield Chunk(b"\n".join(kept), first, end, number)


def _first(opened: BinaryIO) -> bytes:
    while line := opened.readline():
        if line.strip():
            return line.removeprefix(b"\xef\xbb\xbf")
    return b""
