"""What the words of a question are found in, gathered by PostgreSQL.

PostgreSQL's own ranking knows no rarity of words; BM25 does. The words of a question are OR-ed, so
it finds what it shares words with. Rarity and mean length are taken over what is searched alone, so
that other people's memories neither show through nor sway the order.

`find_memories_in_spaces` (migration 0022) reads the index for the user that the connection names:
behind row-level security a match of words could not. The best by their own words come with what
`ranking` needs of them, and whole conversations with their BM25; what follows on a hit without
sharing a word is fetched by its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from pydantic import TypeAdapter
from sqlalchemy import text

from sophia.memory import vectors
from sophia.memory.embeddings import Asked
from sophia.memory.filters import IS_REACHED, IS_WANTED, reached, wanted
from sophia.memory.question import Question
from sophia.memory.ranking import Candidate, Evidence, Nearness, Place, nearness
from sophia.memory.schemas import SearchQuery
from sophia.memory.spaces import Reach
from sophia.store.database import Reader

# The configuration by which memories and queries are reduced to stems. Both must use the same one.
STEMS = "'english'"

_CANDIDATES = TypeAdapter(list[Candidate])
_MOST = 120
_K1 = 1.2
_TIME_WORDS = (
    r"\m(yesterday|today|tomorrow|tonight|ago|last|next|this (week|month|year|morning)|weeks?"
    r"|months?|weekend|years?|days?|recently|just|january|february|march|april|june|july|august"
    r"|september|october|november|december|monday|tuesday|wednesday|thursday|friday|saturday"
    r"|sunday)\M"
)
_FEATURES = rf"""
    memory.id, memory.scope, memory.conversation, memory.position, memory.speaker,
    memory.occurred_at, memory.length, position('?' in memory.content) > 0 AS is_question,
    :asks_when AND memory.content ~* '{_TIME_WORDS}' AS has_time_words
"""
_IS_WANTED = f"{IS_WANTED} AND (NOT :is_conversation OR memory.conversation IS NOT NULL)"

_GATHER = text(f"""
    WITH word AS MATERIALIZED (
        SELECT DISTINCT ON (lexeme) lexeme, coalesce(said.concept, lexeme) AS concept
        FROM unnest(cast(:words AS text[]), cast(:concepts AS text[])) AS said (word, concept),
            unnest(to_tsvector({STEMS}, word))
        ORDER BY lexeme, said.concept
    ), crowd AS MATERIALIZED (
        SELECT count(*)::float8 AS size, greatest(avg(length), 1)::float8 AS mean_length,
            count(DISTINCT (scope, conversation)) FILTER (WHERE conversation IS NOT NULL)::float8
                AS threads
        FROM memories AS memory
        WHERE {IS_REACHED}
    ), hit AS MATERIALIZED (
        SELECT term.id, term.scope, term.conversation, term.length, word.concept,
            sum(cardinality((term.told).positions))::float8 AS tf
        FROM (
            SELECT memory.id, memory.scope, memory.conversation, memory.length::float8,
                unnest(memory.terms) AS told
            FROM (SELECT array_agg(lexeme) AS lexemes FROM word) AS asked,
                find_memories_in_spaces(
                    asked.lexemes, cast(:owners AS text[]), cast(:scope AS text)
                ) AS memory
        ) AS term JOIN word ON word.lexeme = (term.told).lexeme
        GROUP BY term.id, term.scope, term.conversation, term.length, word.concept
    ), rarity AS MATERIALIZED (
        SELECT concept, ln(1 + (size - df + 0.5) / (df + 0.5)) AS idf
        FROM crowd, (
            SELECT said.concept, count(hit.id)::float8 AS df
            FROM (SELECT DISTINCT concept FROM word) AS said LEFT JOIN hit USING (concept)
            GROUP BY said.concept
        ) AS spread
    ), ranked AS MATERIALIZED (
        SELECT hit.id
        FROM hit JOIN rarity USING (concept), crowd
        GROUP BY hit.id
        ORDER BY sum(idf * tf / (tf + {_K1} * (0.6 + 0.4 * hit.length / mean_length))) DESC, hit.id
    ), best AS MATERIALIZED (
        -- In that order, until there are enough: of the rest nobody asks whether it is wanted.
        SELECT wanted.* FROM ranked CROSS JOIN LATERAL (
            SELECT {_FEATURES} FROM memories AS memory
            WHERE memory.id = ranked.id AND {_IS_WANTED} LIMIT 1
        ) AS wanted
        LIMIT :most
    ), counted AS (
        SELECT best.*, told.counts FROM best JOIN (
            SELECT id, json_object_agg(concept, tf) AS counts
            FROM hit WHERE id IN (SELECT id FROM best) GROUP BY id
        ) AS told USING (id)
    ), spoken AS (
        SELECT scope, conversation, concept, sum(tf) AS tf
        FROM hit WHERE conversation IS NOT NULL GROUP BY scope, conversation, concept
    ), thread AS (
        SELECT scope, conversation, sum(
            ln(1 + (threads - df + 0.5) / (df + 0.5)) * tf / (tf + {_K1})
        ) AS bm25
        FROM spoken JOIN (
            SELECT concept, count(*)::float8 AS df FROM spoken GROUP BY concept
        ) AS spread USING (concept), crowd
        GROUP BY scope, conversation ORDER BY bm25 DESC LIMIT :most
    )
    SELECT (SELECT mean_length FROM crowd) AS mean_length,
        (SELECT size FROM crowd) AS size,
        (SELECT json_object_agg(concept, idf) FROM rarity)::text AS rarity,
        (SELECT json_agg(counted) FROM counted)::text AS candidates,
        (SELECT json_agg(thread) FROM thread)::text AS threads
""")  # noqa: S608 - constants of this module
_THESE = text(f"""
    SELECT {_FEATURES} FROM memories AS memory WHERE id = ANY (:ids)
""")  # noqa: S608 - constants of this module
_AT_PLACES = text(f"""
    SELECT {_FEATURES}
    FROM jsonb_to_recordset(cast(:places AS jsonb))
        AS place (scope text, conversation text, position integer)
    JOIN memories AS memory USING (scope, conversation, position)
    WHERE {IS_REACHED} AND {_IS_WANTED}
""")  # noqa: S608 - constants of this module


@dataclass(frozen=True, slots=True)
class Wish:
    """What is looked for, where, and at which time."""

    query: SearchQuery
    reach: Reach
    now: datetime
    is_conversation: bool


async def gather(reader: Reader, *, wish: Wish, question: Question) -> Evidence:
    """Give what the words of a question are found in."""
    found = await reader.execute(
        _GATHER,
        {
            **_wanted(wish, question),
            "words": list(question.words),
            "concepts": list(question.concepts),
            "most": _MOST,
        },
    )
    row = found.mappings().one()
    threads = orjson.loads(row["threads"] or "[]")
    return Evidence(
        rarity=orjson.loads(row["rarity"] or "{}"),
        mean_length=row["mean_length"],
        size=row["size"],
        candidates=_CANDIDATES.validate_json(row["candidates"] or "[]"),
        threads={(one["scope"], one["conversation"]): one["bm25"] for one in threads},
    )


async def with_meaning(
    reader: Reader, evidence: Evidence, asked: Sequence[Asked], *, wish: Wish, question: Question
) -> Evidence:
    """Add what is near in meaning, with or without a word of the question."""
    values = _wanted(wish, question)
    meaning: dict[UUID, Nearness] = {}
    for one in asked:
        near = await vectors.near(
            reader,
            model=one.model,
            vector=one.vector,
            wanted=_IS_WANTED,
            values={**values, "most": _MOST},
            is_large=evidence.size > vectors.MOST_COMPARED,
        )
        # The newer model's word counts where both have one.
        meaning |= nearness(near)
    known = {one.id for one in evidence.candidates}
    ids = [id_ for id_ in meaning if id_ not in known]
    found = await reader.execute(_THESE, {**values, "ids": ids})
    candidates = [*evidence.candidates, *(Candidate(**row) for row in found.mappings())]
    return replace(evidence, candidates=candidates, meaning=meaning)


async def at_places(
    reader: Reader, *, wish: Wish, question: Question, places: Sequence[Place]
) -> list[Candidate]:
    """Give what was said at these places."""
    asked = [
        {"scope": scope, "conversation": conversation, "position": position}
        for scope, conversation, position in places
    ]
    values = _wanted(wish, question)
    found = await reader.execute(_AT_PLACES, {**values, "places": orjson.dumps(asked).decode()})
    return [Candidate(**row) for row in found.mappings()]


def _wanted(wish: Wish, question: Question) -> dict[str, Any]:
    return {
        **wanted(wish.query, now=wish.now),
        **reached(wish.reach),
        "asks_when": question.asks_when,
        "is_conversation": wish.is_conversation,
    }
