"""Reading documents in the background, and keeping their passages."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import batched
from urllib.parse import urlsplit

import httpx2

from sophia.documents import repository
from sophia.documents.errors import (
    DocumentEmptyError,
    DocumentGivenUpError,
    DocumentGoneError,
    DocumentTooLargeError,
)
from sophia.documents.passages import drafted
from sophia.documents.repository import MAX_ATTEMPTS, Claimed, Outcome
from sophia.documents.service import checked_type
from sophia.documents.splitting import split
from sophia.extraction.reader import Bounds, Extracted, Extractor
from sophia.kit import log
from sophia.kit.clock import Clock
from sophia.kit.errors import Kind, SophiaError
from sophia.memory import history
from sophia.memory import repository as memories
from sophia.memory.repository import MemoryDraft
from sophia.memory.screening import Screen
from sophia.memory.service import stored
from sophia.outgoing.client import Caps, fetch
from sophia.outgoing.errors import TooLargeError
from sophia.store.database import Database

BOUNDS = Bounds(max_pages=2_000, max_chars=2_000_000, max_cpu_s=60, within_s=90.0)
FETCH_WITHIN_S = 60.0
# Longer than fetching and reading take together: until then nobody else takes the document.
_LEASE = timedelta(seconds=240)
_AGAIN_AFTER = timedelta(seconds=30)
_AT_ONCE = 200
_PASSING = frozenset({Kind.UNAVAILABLE, Kind.TIMEOUT, Kind.EXHAUSTED})
_ACCEPTED = "text/markdown, text/html, text/plain, application/pdf, */*;q=0.5"

_logger = log.get("documents")


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of a document."""

    outcome: Outcome
    passages: Sequence[MemoryDraft]


@dataclass(frozen=True, slots=True)
class DocumentIndexer:
    """Indexes documents. Any number of workers may do it at once, and any may die of it.

    `http` is for URLs that people named.
    """

    database: Database
    http: httpx2.AsyncClient
    extractor: Extractor
    screen: Screen
    max_bytes: int
    clock: Clock

    async def run(self) -> None:
        """Index all that waits; what is repeated does no harm."""
        while await self._index_one():
            pass

    async def _index_one(self) -> bool:
        now = self.clock.now()
        async with self.database.transaction() as writer:
            one = await repository.claim(writer, now=now, until=now + _LEASE)
        if one is None:
            return False
        try:
            if one.attempts > MAX_ATTEMPTS:
                raise DocumentGivenUpError
            await self._store(one, await self._read(one))
        except SophiaError as error:
            await self._note(one, error)
        return True

    async def _read(self, one: Claimed) -> _Read:
        """Read a document, fetched or uploaded; no session is open meanwhile."""
        content, declared, name = one.pending, "", one.name
        if content is None:
            content, declared = await self._fetched(one.url or "")
            name = urlsplit(one.url or "").path
        media_type = await asyncio.to_thread(
            checked_type, content, name=name, declared=declared, max_bytes=self.max_bytes
        )
        found = await self.extractor.read(content, media_type=media_type)
        passages = await asyncio.to_thread(self._drafted, one, found)
        if not passages:
            raise DocumentEmptyError
        digest = hashlib.sha256(content).digest()
        outcome = Outcome(digest, media_type, found.pages, len(passages), found.is_cut)
        return _Read(outcome, passages)

    def _drafted(self, one: Claimed, found: Extracted) -> list[MemoryDraft]:
        return drafted(one, split(found.blocks), screen=self.screen, now=self.clock.now())

    async def _fetched(self, url: str) -> tuple[bytes, str]:
        """Fetch a document, in UTF-8 if it is a text; raises DocumentGoneError, OutgoingError."""
        try:
            answer = await fetch(self.http, url, headers={"Accept": _ACCEPTED})
        except TooLargeError as error:
            raise DocumentTooLargeError from error  # and will be, however often it is asked for
        if not answer.is_success:
            raise DocumentGoneError(
                f"The other machine answers {answer.status_code} in place of the document: check"
                " the URL in a browser.",
                status=answer.status_code,
            )
        declared = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        is_recoded = declared.startswith("text/") and answer.charset_encoding is not None
        return answer.text.encode() if is_recoded else answer.content, declared

    async def _store(self, one: Claimed, read: _Read) -> None:
        """Keep what is new, piece by piece; at the end let go of what is no longer there."""
        done = 0
        for batch in batched(read.passages, _AT_ONCE):
            now = self.clock.now()
            async with self.database.transaction() as writer:
                is_held = await repository.hold(
                    writer,
                    one,
                    until=now + _LEASE,
                    indexed=done,
                    passages=len(read.passages),
                    now=now,
                )
                if not is_held:
                    return  # another content came, which is indexed next; or it was deleted
                places = [(passage.fingerprint, passage.page) for passage in batch]
                await repository.keep(writer, one, places=places, now=now)
                await stored(writer, batch, now=now)
            done += len(batch)
        await self._settle(one, read)

    async def _settle(self, one: Claimed, read: _Read) -> None:
        now = self.clock.now()
        marks = [passage.fingerprint for passage in read.passages]
        async with self.database.transaction() as writer:
            if not await repository.finish(writer, one, read.outcome, now=now):
                return
            gone = await repository.stale(writer, one, fingerprints=marks)
            await history.erase(writer, ids=gone)
            await memories.remove(writer, ids=gone)
        _logger.info("documents.indexed", passages=len(marks), removed=len(gone))

    async def _note(self, one: Claimed, error: SophiaError) -> None:
        now = self.clock.now()
        is_over = error.kind not in _PASSING or one.attempts >= MAX_ATTEMPTS
        async with self.database.transaction() as writer:
            await repository.fail(
                writer,
                one,
                code=error.code,
                message=error.message,
                again_at=None if is_over else now + _AGAIN_AFTER * one.attempts,
                now=now,
            )
        _logger.info("documents.unread", code=error.code, is_over=is_over)


def fetch_caps(max_bytes: int) -> Caps:
    """Say what fetching one document may cost."""
    return Caps(max_bytes=max_bytes, total_timeout_s=FETCH_WITHIN_S)
