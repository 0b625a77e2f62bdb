"""How memories are shown: the wire's names, and long texts cut to their share of an answer."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import RowMapping

from sophia.memory.schemas import LinkOut, MemoryOut, OriginOut
from sophia.memory.spaces import scope_of

# A reply that lists memories holds at most this much of their texts, shared out evenly.
REPLY_BYTES = 48 * 1024
_SHARE_BYTES = 800


def share_of(rows: Sequence[Any]) -> int:
    """Give how many bytes of text each of several memories may show."""
    return max(REPLY_BYTES // max(len(rows), 1), _SHARE_BYTES)


def whole(
    row: RowMapping,
    teams: Mapping[str, str],
    *,
    links: Sequence[LinkOut] = (),
    redacted: Sequence[str] = (),
) -> MemoryOut:
    """Show a memory as a whole."""
    return MemoryOut(
        **shown(row, teams),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        expires_at=row["expires_at"],
        content_hash=hashlib.sha256(row["content"].encode()).hexdigest(),
        links=list(links),
        redacted=list(redacted),
    )


def shown(row: RowMapping, teams: Mapping[str, str], *, share: int | None = None) -> dict[str, Any]:
    """Map a row to the wire's names, its long parts cut to their share of the reply."""
    content: str = row["content"]
    metadata: dict[str, Any] = row["metadata"]
    is_truncated = False
    if share is not None and len(content.encode()) > share:
        content = content.encode()[:share].decode(errors="ignore") + "…"
        is_truncated = True
    if share is not None and len(orjson.dumps(metadata)) > share:
        metadata = {}
        is_truncated = True
    if row["external_id"] is not None:
        metadata = {**metadata, "external_id": row["external_id"]}
    return {
        "memory_id": row["id"],
        "external_id": row["external_id"],
        "content": content,
        "is_truncated": is_truncated,
        "category": row["category"],
        "tags": row["tags"],
        "scope": scope_of(row, teams),
        "metadata": metadata,
        "source": OriginOut(
            speaker=row["speaker"],
            conversation=row["conversation"],
            position=row["position"],
            turn_id=row["turn_id"],
            document=row["document"],
            document_id=row["document_id"],
            page=row["page"],
            heading=row["heading"],
        ),
        "occurred_at": row["occurred_at"] or row["created_at"],
        "kind": row["kind"],
        "trust": row["trust"],
        "valid_from": row["valid_from"],
        "valid_until": row["valid_until"],
        "superseded_by": row["superseded_by"],
    }
