"""Which memories are meant: the one condition by which searching, listing and forgetting choose."""

from datetime import datetime
from typing import Any

from sophia.memory.schemas import MemoryFilter
from sophia.memory.spaces import Reach

# Of a table called memory. What is no longer true is found by asking for the time when it was;
# a memory is taken to hold from when it happened or was told, whichever came first.
HOLDS = """
    (memory.expires_at IS NULL OR memory.expires_at > :now)
    AND CASE
        WHEN :is_all THEN true
        WHEN cast(:as_of AS timestamptz) IS NULL THEN
            (memory.valid_from IS NULL OR memory.valid_from <= :now)
            AND (memory.valid_until IS NULL OR memory.valid_until > :now)
        ELSE
            coalesce(memory.valid_from, least(memory.occurred_at, memory.created_at)) <= :as_of
            AND (memory.valid_until IS NULL OR memory.valid_until > :as_of)
    END
"""
IS_WANTED = f"""
    (cast(:category AS text) IS NULL OR memory.category = :category)
    AND (cast(:kind AS text) IS NULL OR memory.kind = :kind)
    AND (cast(:trust AS text) IS NULL OR memory.trust = :trust)
    AND memory.tags @> cast(:tags AS text[])
    AND (cast(:speaker AS text) IS NULL OR memory.speaker = :speaker)
    AND (cast(:conversation AS text) IS NULL OR memory.conversation = :conversation)
    AND (cast(:document AS text) IS NULL OR memory.document = :document)
    AND (cast(:since AS timestamptz) IS NULL
        OR coalesce(memory.occurred_at, memory.created_at) >= :since)
    AND (cast(:until AS timestamptz) IS NULL
        OR coalesce(memory.occurred_at, memory.created_at) < :until)
    AND {HOLDS}
"""
IS_REACHED = """
    memory.owner = ANY (coalesce(cast(:owners AS text[]), memory_spaces('read')))
    AND (cast(:scope AS text) IS NULL OR memory.scope = :scope)
"""


def wanted(wish: MemoryFilter, *, now: datetime) -> dict[str, Any]:
    """Give the values of IS_WANTED."""
    return {
        "category": wish.category,
        "kind": wish.kind,
        "trust": wish.trust,
        "tags": wish.tags,
        "speaker": wish.speaker,
        "conversation": wish.conversation,
        "document": wish.document,
        "since": wish.since,
        "until": wish.until,
        "as_of": wish.as_of,
        "is_all": wish.include_past,
        "now": now,
    }


def reached(reach: Reach) -> dict[str, Any]:
    """Give the values of IS_REACHED."""
    owners = None if reach.owners is None else list(reach.owners)
    return {"owners": owners, "scope": reach.scope}
