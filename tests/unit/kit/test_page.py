from base64 import urlsafe_b64encode
from collections.abc import Sequence
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sophia.kit.errors import Kind
from sophia.kit.page import CursorInvalidError, Page, cut, decode_cursor, encode_cursor

ROWS = st.lists(st.uuids(), unique=True, max_size=40).map(lambda ids: sorted(ids, reverse=True))


def page_of(rows: Sequence[UUID], *, limit: int, cursor: str | None) -> Page[UUID]:
    """Ask for a page as a repository does: newest first, one row more than is wanted."""
    after = decode_cursor(cursor)
    found = [row for row in rows if after is None or row < after]
    return cut(found[: limit + 1], limit=limit, key=lambda row: row)


def walk(rows: Sequence[UUID], *, limit: int) -> list[Page[UUID]]:
    pages = [page_of(rows, limit=limit, cursor=None)]
    while (cursor := pages[-1].next_cursor) is not None:
        pages.append(page_of(rows, limit=limit, cursor=cursor))
    return pages


@given(rows=ROWS, limit=st.integers(1, 50))
def test_pages_of_any_size_walk_all_rows_once_and_in_order(rows: list[UUID], limit: int) -> None:
    pages = walk(rows, limit=limit)

    assert [row for page in pages for row in page.items] == rows
    assert all(len(page.items) == limit for page in pages[:-1])
    assert len(pages[-1].items) > 0 or not rows


@given(rows=ROWS, newer=ROWS, limit=st.integers(1, 10))
def test_rows_that_are_added_in_front_change_nothing_behind_the_cursor(
    rows: list[UUID], newer: list[UUID], limit: int
) -> None:
    first = page_of(rows, limit=limit, cursor=None)
    if first.next_cursor is None:
        return
    last = first.items[-1]
    added = sorted({*rows, *(row for row in newer if row > last)}, reverse=True)
    second = page_of(added, limit=limit, cursor=first.next_cursor)

    assert list(second.items) == rows[limit : 2 * limit]


@given(after=st.uuids())
def test_a_cursor_is_read_back_as_it_was_written(after: UUID) -> None:
    cursor = encode_cursor(after)

    assert decode_cursor(cursor) == after
    assert len(cursor) == 22
    assert cursor.replace("-", "").replace("_", "").isalnum()


def test_no_cursor_starts_from_the_first_page() -> None:
    assert decode_cursor(None) is None


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "x",
        "=",
        "A" * 21,
        "A" * 23,
        "A" * 22 + "==",
        "A" * 1_000_000,
        "ä" * 22,
        "\0" * 22,
        "\ud800" * 22,
        "+/" * 11,
        " " + "A" * 21,
        "A" * 11 + "\n" + "A" * 10,
        "A" * 21 + "B",
        "00000000-0000-7000-8000-000000000000",
        "' OR 1=1 --",
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_a_forged_cursor_is_refused_in_words(forged: str) -> None:
    with pytest.raises(CursorInvalidError) as refused:
        decode_cursor(forged)

    assert refused.value.kind is Kind.INVALID
    assert "leave it out" in refused.value.message


@given(
    forged=st.text(max_size=30) | st.binary(max_size=30).map(urlsafe_b64encode).map(bytes.decode)
)
def test_any_text_is_a_cursor_or_is_refused(forged: str) -> None:
    try:
        after = decode_cursor(forged)
    except CursorInvalidError:
        return
    assert after is not None
    assert encode_cursor(after) == forged
