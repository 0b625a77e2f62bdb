"""Finding memories by their words: BM25 over the stems, computed by PostgreSQL.

PostgreSQL's own ranking knows no rarity of words; this does. The words of a query are OR-ed, so a
question finds what it shares words with; the score is the share of the query's weight that a
memory carries, where a word weighs the more the rarer it is within the owner's scope, and most
when nothing there has it. Rarity and mean length are taken over that scope alone, so that other
people's memories neither show through nor sway the order.

`find_memories` (migration 0014) reads the index of words for the user that the connection names:
behind row-level security a match of words could not.
"""

from sqlalchemy import text

# The configuration by which memories and queries are reduced to stems. Both must use the same one.
STEMS = "'english'"

# How fast repeating a word loses its worth, and how much a long text is marked down for it.
_K1 = 1.5
_B = 0.75
_MAX_WORDS = 64

SEARCH = text(f"""
    WITH word AS MATERIALIZED (
        SELECT lexeme FROM unnest(to_tsvector({STEMS}, :query))
        ORDER BY positions[1] LIMIT {_MAX_WORDS}
    ), asked AS MATERIALIZED (
        SELECT array_agg(lexeme) AS lexemes, string_agg(
            '''' || replace(replace(lexeme, '\\', '\\\\'), '''', '''''') || '''', ' | '
        )::tsquery AS any_of FROM word
    ), crowd AS MATERIALIZED (
        SELECT count(*)::float8 AS size, greatest(avg(length), 1)::float8 AS mean_length
        FROM memories
        WHERE owner = :owner AND (cast(:scope AS text) IS NULL OR scope = :scope)
    ), hit AS MATERIALIZED (
        SELECT memory.id, memory.length::float8, term.lexeme,
            cardinality(term.positions)::float8 AS tf
        FROM asked, find_memories(asked.any_of) memory, LATERAL unnest(memory.terms) AS term
        WHERE (cast(:scope AS text) IS NULL OR memory.scope = :scope)
            AND term.lexeme = ANY (asked.lexemes)
    ), weight AS MATERIALIZED (
        SELECT lexeme, ln(1 + (size - df + 0.5) / (df + 0.5)) AS idf
        FROM crowd, (
            SELECT word.lexeme, count(hit.id)::float8 AS df
            FROM word LEFT JOIN hit USING (lexeme) GROUP BY word.lexeme
        ) AS spread
    ), scored AS (
        SELECT hit.id, array_agg(lexeme ORDER BY idf DESC, lexeme) AS matched, sum(
            idf * tf * {_K1 + 1} / (tf + {_K1} * ({1 - _B} + {_B} * hit.length / mean_length))
        ) AS bm25
        FROM hit JOIN weight USING (lexeme), crowd GROUP BY hit.id
    )
    SELECT memory.*, matched, least(1, bm25 / whole.idf) AS score
    FROM scored JOIN memories memory USING (id), (SELECT sum(idf) AS idf FROM weight) AS whole
    WHERE (cast(:category AS text) IS NULL OR category = :category)
        AND tags @> cast(:tags AS text[])
        AND (NOT :is_conversation OR conversation IS NOT NULL)
        AND bm25 >= :threshold * whole.idf
    ORDER BY bm25 DESC, coalesce(occurred_at, created_at) DESC, id
    LIMIT :limit
""")  # noqa: S608 - constants of this module
