"""Lists and texts as much as a model needs, with a way to the rest."""

import pytest
from pydantic import BaseModel

from sophia.servers.errors import CursorInvalidError
from sophia.servers.output import write_cursor
from sophia.servers.vendor.brief import body_of, by_cursor, by_page, chosen, snippet
from sophia.servers.vendor.errors import FieldUnknownError


class Item(BaseModel):
    number: int
    text: str = ""


def items(count: int, *, chars: int = 0) -> list[Item]:
    return [Item(number=number, text="x" * chars) for number in range(count)]


async def whole(there: list[Item], *, limit: int, by: str) -> list[int]:
    async def page(number: int, size: int) -> tuple[list[Item], bool]:
        return there[(number - 1) * size : number * size], number * size < len(there)

    async def after(cursor: str | None, size: int) -> tuple[list[Item], str | None]:
        start = int(cursor or 0)
        end = start + size
        return there[start:end], str(end) if end < len(there) else None

    cursor, found = None, list[int]()
    for _ in range(100):
        if by == "page":
            kept, cursor = await by_page(page, limit=limit, cursor=cursor)
        else:
            kept, cursor = await by_cursor(after, limit=limit, cursor=cursor)
        found += [item.number for item in kept]
        if cursor is None:
            return found
    raise AssertionError("It never ends.")


@pytest.mark.parametrize("by", ["page", "cursor"])
@pytest.mark.parametrize(("count", "chars"), [(0, 0), (7, 0), (30, 0), (30, 5000)])
async def test_a_list_is_given_whole_and_once(count: int, chars: int, by: str) -> None:
    assert await whole(items(count, chars=chars), limit=10, by=by) == list(range(count))


@pytest.mark.parametrize("cursor", ["x", write_cursor(3), write_cursor("1 999999999 0")])
async def test_a_cursor_that_was_not_given_is_refused(cursor: str) -> None:
    async def never(page: int, size: int) -> tuple[list[Item], bool]:
        raise AssertionError(f"{page} {size}")

    with pytest.raises(CursorInvalidError):
        await by_page(never, limit=10, cursor=cursor)


def test_a_long_text_is_read_on_by_its_cursor() -> None:
    text = "".join(f"line {number}\n" for number in range(500))
    cursor, read = None, ""
    for _ in range(20):
        body = body_of(text, cursor=cursor, max_chars=700)
        assert body.text.endswith("\n")
        read, cursor = read + body.text, body.next_cursor
        if cursor is None:
            break
    assert read == text


def test_a_text_without_lines_is_cut_all_the_same() -> None:
    body = body_of("x" * 1000, max_chars=700)
    assert len(body.text) == 700
    assert body_of("x" * 1000, cursor=body.next_cursor).text == "x" * 300


def test_a_snippet_is_one_short_line() -> None:
    assert snippet("a\n\n b") == "a b"
    assert snippet("x" * 1000, max_chars=10) == "x" * 9 + "…"


def test_fields_of_the_vendor_s_own_are_given_by_name() -> None:
    assert chosen({"a": 1, "b": 2}, ["b"]) == {"b": 2}
    with pytest.raises(FieldUnknownError, match="there are a, b"):
        chosen({"a": 1, "b": 2}, ["c"])


async def test_pages_of_which_nothing_is_wanted_are_passed_over() -> None:
    async def odd(page: int, size: int) -> tuple[list[Item], bool]:
        return ([] if page < 3 else items(size)), page < 4

    kept, cursor = await by_page(odd, limit=5, cursor=None)
    assert len(kept) == 5
    assert cursor is not None
