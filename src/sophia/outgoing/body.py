"""Bodies that end: by size, packed and unpacked, and by time."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import override

import httpcore2
import httpx2

from sophia.outgoing.errors import (
    EncodingRefusedError,
    PeerAwayError,
    TooLargeError,
    TooSlowError,
)

_PIECE_BYTES = 64 * 1024
_EITHER_HEADER = zlib.MAX_WBITS | 32  # gzip's or zlib's, whichever is there
_PACKED = frozenset({"gzip", "x-gzip", "deflate"})


@dataclass(frozen=True, slots=True)
class Budget:
    """What one answer may cost."""

    max_bytes: int
    ends_at: float  # by the loop's clock


@contextmanager
def typed_failures() -> Generator[None]:
    """Say in our own errors what fails on the wire."""
    try:
        yield
    except (httpcore2.TimeoutException, TimeoutError) as error:
        raise TooSlowError from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
        raise PeerAwayError from error


def is_packed(encoding: str) -> bool:
    """Say whether a body is packed in a way that can be undone; raises EncodingRefusedError."""
    coding = encoding.strip().lower()
    if coding not in _PACKED | {"", "identity"}:
        raise EncodingRefusedError
    return coding in _PACKED


class CappedBody(httpx2.AsyncByteStream):
    """The body of an answer, unpacked, within its budget."""

    def __init__(self, answer: httpcore2.Response, *, budget: Budget, has_packing: bool) -> None:
        """Wrap what the wire gives."""
        self._answer = answer
        self._budget = budget
        self._unpacker = zlib.decompressobj(_EITHER_HEADER) if has_packing else None

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give the body; raises an OutgoingError where it goes over its budget."""
        pieces = aiter(self._answer.aiter_stream())
        taken_bytes = given_bytes = 0
        while True:
            with typed_failures():
                async with asyncio.timeout_at(self._budget.ends_at):
                    received = await anext(pieces, None)
            if received is None:
                return
            taken_bytes += len(received)
            self._check(taken_bytes)
            for piece in self._unpacked(received):
                given_bytes += len(piece)
                self._check(given_bytes)
                yield piece

    @override
    async def aclose(self) -> None:
        """Give the connection back, or up."""
        await self._answer.aclose()

    def _check(self, size_bytes: int) -> None:
        if size_bytes > self._budget.max_bytes:
            raise TooLargeError

    def _unpacked(self, packed: bytes) -> Iterator[bytes]:
        """Undo gzip piece by piece, so that a bomb is noticed before it has gone off."""
        if self._unpacker is None:
            yield packed
            return
        try:
            while packed and not self._unpacker.eof:
                yield self._unpacker.decompress(packed, _PIECE_BYTES)
                packed = self._unpacker.unconsumed_tail
        except zlib.error as error:
            raise EncodingRefusedError from error
