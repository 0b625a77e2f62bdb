"""One finds again what was said in one's own conversations."""

from typing import Any

import httpx2
import psycopg
import pytest

from tests.support.desk import Desk
from tests.support.providers import ScriptedProvider


async def say(
    client: httpx2.AsyncClient, provider: ScriptedProvider, message: str, answer: str, **more: Any
) -> dict[str, Any]:
    provider.say(answer)
    said = await client.post("/api/v1/chat", json={"message": message, **more})
    assert said.status_code == 200, said.text
    return said.json()["metadata"]


async def search(client: httpx2.AsyncClient, q: str, **more: Any) -> dict[str, Any]:
    found = await client.get("/api/v1/conversations/search", params={"q": q, **more})
    assert found.status_code == 200, found.text
    return found.json()


async def turns_of(client: httpx2.AsyncClient, q: str) -> list[str]:
    return [hit["turn_id"] for hit in (await search(client, q))["items"]]


async def test_words_of_either_side_are_found_and_marked_where_they_were_said(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    async with desk.client(token) as client:
        turn = await say(client, provider, "When are we <deploying> the shop?", "On Friday at two.")
        (asked,) = (await search(client, "deploy"))["items"]
        (answered,) = (await search(client, "friday"))["items"]

    assert asked["session_id"] == turn["session_id"]
    assert asked["turn_id"] == turn["turn_id"]
    assert asked["title"] == "When are we <deploying> the shop?"
    assert asked["part"] == "message"
    # Marks are data: what was said stays as it was said.
    assert asked["snippet"] == [
        {"text": "When are we <", "is_match": False},
        {"text": "deploying", "is_match": True},
        {"text": "> the shop", "is_match": False},
    ]
    assert answered["part"] == "response"
    assert [piece["text"] for piece in answered["snippet"] if piece["is_match"]] == ["Friday"]


async def test_words_phrases_exclusions_and_unfinished_words_are_understood(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    async with desk.client(token) as client:
        red = await say(client, provider, "The red deploy window", "Die Größe der Straße.")
        blue = await say(client, provider, "The window of the blue deploy", "Noted.")
        both = [blue["turn_id"], red["turn_id"]]

        assert await turns_of(client, "deploy window") == both
        assert await turns_of(client, '"deploy window"') == [red["turn_id"]]
        assert await turns_of(client, "window -red") == [blue["turn_id"]]
        assert await turns_of(client, "red or blue") == both
        assert await turns_of(client, "window re") == [red["turn_id"]]
        assert await turns_of(client, "re window") == []
        assert await turns_of(client, "straße") == [red["turn_id"]]
        assert await turns_of(client, "GRÖ") == [red["turn_id"]]

        path = await say(
            client, provider, "What is in src/shop/cart.py?", "<CartView total={sum} />"
        )
        assert await turns_of(client, "shop/cart") == [path["turn_id"]]
        assert await turns_of(client, "cartview") == [path["turn_id"]]


@pytest.mark.parametrize(
    "q",
    ["'", "''", '"', "-", "a:*", "!!", "(", "a & | b", "\\", "or", "-(", "<->", "%", "{}", "é'"],
)
async def test_no_query_is_a_syntax_error(desk: Desk, q: str) -> None:
    _, token = await desk.add_user()
    async with desk.client(token) as client:
        assert (await search(client, q))["items"] == []


async def test_hits_come_in_pages_without_loss_or_repeat(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    async with desk.client(token) as client:
        said = [
            (await say(client, provider, f"needle {number}", "Yes."))["turn_id"]
            for number in range(5)
        ]
        seen: list[str] = []
        cursor: dict[str, Any] = {}
        for _ in range(3):
            found = await search(client, "needle", limit=2, **cursor)
            seen += [hit["turn_id"] for hit in found["items"]]
            cursor = {"cursor": found["next_cursor"]}
        assert cursor == {"cursor": None}
    assert seen == said[::-1]


async def test_nobody_finds_what_others_said(desk: Desk, provider: ScriptedProvider) -> None:
    _, token = await desk.add_user()
    _, stranger = await desk.add_user("Eve")
    async with desk.client(token) as client, desk.client(stranger) as other:
        await say(client, provider, "the needle", "Yes.")
        assert len(await turns_of(client, "needle")) == 1
        assert await turns_of(other, "needle") == []


async def test_the_longest_texts_of_the_strangest_words_can_be_stored(postgres_url: str) -> None:
    """A vector that is too long would fail, and with it the ending of a turn."""
    letters = [chr(0x10000 + number) for number in range(0x1800) if chr(0x10000 + number).isalpha()]
    words = " ".join(one + other for one in letters[:200] for other in letters[:150])
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        row = connection.execute(
            "SELECT length(words_of_turn(%s, %s))", (words, words[40_000:])
        ).fetchone()
    assert row is not None
    assert row[0] > 20_000


async def test_a_long_answer_is_cut_to_what_was_asked_for(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    async with desk.client(token) as client:
        await say(client, provider, "Tell me more", "hay " * 5_000 + "needle " + "hay " * 5_000)
        (hit,) = (await search(client, "needle"))["items"]
    snippet = "".join(piece["text"] for piece in hit["snippet"])
    assert "needle" in snippet
    assert len(snippet) < 400
