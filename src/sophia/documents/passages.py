"""The passages of a document as memories: what makes them the same when it is read again."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import orjson

from sophia.documents.repository import Claimed
from sophia.documents.splitting import Passage
from sophia.memory import drafts
from sophia.memory.drafts import Keeping, Origin
from sophia.memory.repository import MemoryDraft
from sophia.memory.schemas import MemoryIn, Place
from sophia.memory.screening import Screen, Screening


def drafted(
    document: Claimed, passages: Iterable[Passage], *, screen: Screen, now: datetime
) -> list[MemoryDraft]:
    """Make drafts of a document's passages; raises NotToBeKeptError.

    What stands under the same heading in the same words is the same passage, wherever its page has
    moved to; said twice there, it is two.
    """
    origin = Origin(trust=document.trust)
    keeping = Keeping(document.home, document.author, origin, now)
    told: Counter[tuple[str | None, str]] = Counter()
    made: list[MemoryDraft] = []
    for passage in passages:
        screening = Screening(screen)
        heading = screening.optional(passage.heading)
        memory = MemoryIn.model_validate(
            {
                "content": passage.text,
                "category": document.category,
                "tags": document.tags,
                "document": document.name,
                "kind": "passage",
            }
        )
        draft = drafts.draft(memory, Place(), keeping, screening)
        what = (heading, draft.content)
        told[what] += 1
        made.append(
            replace(
                draft,
                fingerprint=_fingerprint(document.id, *what, told[what]),
                document_id=document.id,
                page=passage.page,
                heading=heading,
                indexed=drafts.indexed(
                    draft.content,
                    speaker=drafts.source_of(document.name, heading),
                    occurred_at=None,
                ),
            )
        )
    return made


def _fingerprint(document: UUID, heading: str | None, content: str, number: int) -> UUID:
    said = orjson.dumps([document.hex, heading, content, number])
    return UUID(bytes=hashlib.sha256(said).digest()[:16])
