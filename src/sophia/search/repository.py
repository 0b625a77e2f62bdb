"""Full-text search over the turns of a user, in PostgreSQL."""

import re

from sqlalchemy import RowMapping, text

from sophia.kit import page
from sophia.kit.ids import UserId
from sophia.store.database import Reader

# What ts_headline puts around a match. Neither is left in a text that is searched.
MATCH_BEGINS, MATCH_ENDS = "\x02", "\x03"
# PostgreSQL takes what stands between these for a tag or a path, no words: index and query have
# blanks in their places, and a text to be marked has signs of no meaning, until it is shown.
_JOINING = "<>/"
_STANDING_IN = "\ue000\ue001\ue002"
_FROM = f"{_STANDING_IN}{_JOINING}{MATCH_BEGINS}{MATCH_ENDS}"
_TO = f"\ufffd\ufffd\ufffd{_STANDING_IN}"
_BLANKS = str.maketrans(_JOINING, "   ")
_AS_SAID = str.maketrans(_STANDING_IN, _JOINING)

_SEEN_CHARS = 40_000  # as the index does
_OPTIONS = (
    f"StartSel={MATCH_BEGINS}, StopSel={MATCH_ENDS}, MinWords=8, MaxWords=26, ShortWord=0,"
    " MaxFragments=2, FragmentDelimiter= … "
)
# A word that is still being written: neither quoted nor excluded.
_UNFINISHED = re.compile(r'(?:^|\s)[^\s"-][^\s"]*$')


def _headline(column: str) -> str:
    """Mark by English stems; where that marks nothing, by the words as they stand."""
    said = f"translate(left(turn.{column}, {_SEEN_CHARS}), '{_FROM}', '{_TO}')"
    by_stem, by_word = (
        f"ts_headline('{language}', {said}, asked.query, '{_OPTIONS}')"
        for language in ("english", "simple")
    )
    return f"coalesce(substring({by_stem} FROM '.*{MATCH_BEGINS}.*'), {by_word})"


_SEARCH = text(f"""
    WITH asked AS MATERIALIZED (
        SELECT websearch_to_tsquery('english', :query)
            || CASE WHEN :is_unfinished AND right(plain::text, 1) = ''''
                THEN (plain::text || ':*')::tsquery ELSE plain END AS query
        FROM websearch_to_tsquery('simple', :query) AS plain
    ), hits AS (
        SELECT turn_id FROM asked, find_turns(query, :cursor, :limit) AS turn_id
    )
    SELECT turn.id AS turn_id, turn.conversation_id, conversation.title, turn.created_at,
        {_headline("message")} AS message, {_headline("response")} AS response
    FROM hits
    CROSS JOIN asked
    JOIN turns turn ON turn.id = hits.turn_id AND turn.user_id = :user_id
    JOIN conversations conversation ON conversation.id = turn.conversation_id
    ORDER BY turn.id DESC
""")  # noqa: S608 - constants of this module


def as_said(marked: str) -> str:
    """Give a marked text with its own signs."""
    return marked.translate(_AS_SAID)


async def search(
    reader: Reader, *, user_id: UserId, query: str, cursor: str | None, limit: int
) -> page.Page[RowMapping]:
    """Give a page of the turns in which the user or Sophia said this, the newest first."""
    found = await reader.execute(
        _SEARCH,
        {
            "query": query.translate(_BLANKS),
            "is_unfinished": _UNFINISHED.search(query) is not None,
            "user_id": user_id,
            "cursor": page.decode_cursor(cursor),
            "limit": limit + 1,
        },
    )
    return page.cut(found.mappings().all(), limit=limit, key=lambda row: row["turn_id"])
