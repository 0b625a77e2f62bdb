"""One's memories over REST: what the tools do, for whoever is signed in."""

from typing import Any

import httpx2
import pytest

from tests.support.desk import Desk

pytestmark = pytest.mark.timeout(120)

FACT = "our deploy window is Friday 15:00 UTC"
AT = "/api/v1/memory"


async def done(answer: httpx2.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


async def test_a_memory_lives_and_is_forgotten_over_rest(desk: Desk) -> None:
    _, token = await desk.add_user("Anna")
    async with desk.client(token) as client:
        body = {"content": FACT, "tags": ["deploy"]}
        once = {"Idempotency-Key": "once"}
        first = await done(await client.post(f"{AT}/memories", json=body, headers=once))
        again = await done(await client.post(f"{AT}/memories", json=body, headers=once))
        one = f"{AT}/memories/{first['memory_id']}"
        await done(await client.patch(one, json={"content": "our deploy window is Monday"}))
        history = await done(await client.get(f"{one}/history"))
        restored = await done(await client.post(f"{one}/restore", json={}))
        found = await done(await client.post(f"{AT}/search", json={"query": "deploy window"}))
        page = await done(await client.get(f"{AT}/memories", params={"tags": "deploy"}))
        none = await done(await client.get(f"{AT}/memories", params={"tags": "other"}))
        lines = (await client.get(f"{AT}/export")).content
        taken = await done(await client.post(f"{AT}/import", content=lines))
        preview = await done(await client.post(f"{AT}/forget/preview", json={"tags": ["deploy"]}))
        confirmed = {"tags": ["deploy"], "confirmation": preview["confirmation"]}
        forgotten = await done(await client.post(f"{AT}/forget", json=confirmed))
        gone = await client.get(one)
        back = await done(await client.post(f"{one}/restore", json={}))
        await done(await client.delete(one, params={"for_good": "true"}))
        last = await client.get(f"{one}/history")

    assert first == again
    assert [change["before"]["content"] for change in history["changes"]] == [FACT]
    assert restored["content"] == found["memories"][0]["content"] == back["content"] == FACT
    assert found["memories"][0]["source"]["speaker"] == "Anna"
    assert [len(one["memories"]) for one in (page, none)] == [1, 0]
    assert (taken["added"], taken["known"], taken["skipped"]) == (0, 1, [])
    assert (preview["count"], forgotten["forgotten"]) == (1, 1)
    assert [answer.status_code for answer in (gone, last)] == [404, 404]


async def test_nothing_of_another_shows_over_rest(desk: Desk) -> None:
    _, anna = await desk.add_user("Anna")
    _, ben = await desk.add_user("Ben")
    async with desk.client(anna) as client:
        secret = {"content": FACT, "scope": "mine", "tags": ["deploy"]}
        await done(await client.post(f"{AT}/memories", json=secret))
    async with desk.client(ben) as client:
        wish = {"query": "deploy window", "scope": "mine", "threshold": 0}
        assert (await done(await client.post(f"{AT}/search", json=wish)))["memories"] == []
        wish = {"include_past": "true", "scope": "mine"}
        assert (await done(await client.get(f"{AT}/memories", params=wish)))["memories"] == []
        assert (await client.get(f"{AT}/export")).content == b""
        preview = await client.post(f"{AT}/forget/preview", json={"tags": ["deploy"]})
        assert (await done(preview))["count"] == 0
        scopes = (await done(await client.get(f"{AT}/scopes")))["scopes"]
        assert [one["scope"] for one in scopes] == ["org"]


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        ("memories", {"content": "x", "category": "tech"}, 422, "'technical'"),
        ("memories", {"content": "x", "scope": "team:theirs"}, 422, "there are org"),
        ("memories", {"content": "x", "scope": "org"}, 403, "not write to it"),
        ("memories", {"content": "x", "user_id": "somebody"}, 422, "user_id"),
        ("search", {"query": "x", "scope": "team:"}, 422, "there are org"),
        ("forget/preview", {"include_past": True}, 422, "name a scope"),
        (
            "graph/relations",
            {"relations": [{"from": "A", "to": "B", "relationType": "c"}]},
            404,
            "create it first",
        ),
        ("forget", {"tags": ["x"], "confirmation": "made up"}, 409, "look at the preview again"),
        ("import", "hello", 422, "no export that is understood"),
    ],
)
async def test_a_bad_wish_is_refused_with_what_to_mend(
    desk: Desk, path: str, body: Any, status: int, says: str
) -> None:
    _, token = await desk.add_user("Anna")
    async with desk.client(token) as client:
        answer = await client.post(f"{AT}/{path}", json=body)

    assert answer.status_code == status, answer.text
    assert says in answer.json()["detail"]


async def test_learning_is_on_until_somebody_switches_it_off_for_themselves(desk: Desk) -> None:
    tokens = [(await desk.add_user(name))[1] for name in ("Anna", "Eve")]
    async with desk.client(tokens[0]) as anna, desk.client(tokens[1]) as eve:
        for is_on in (False, False, True):
            told = await done(await anna.put(f"{AT}/learning", json={"is_on": is_on}))
            assert told == await done(await anna.get(f"{AT}/learning")) == {"is_on": is_on}
            assert await done(await eve.get(f"{AT}/learning")) == {"is_on": True}


async def test_memories_are_linked_and_put_in_place_over_rest(desk: Desk) -> None:
    _, token = await desk.add_user("Anna")
    async with desk.client(token) as client:
        first = await done(await client.post(f"{AT}/memories", json={"content": FACT}))
        other = await done(await client.post(f"{AT}/memories", json={"content": "Ben deploys"}))
        one = f"{AT}/memories/{first['memory_id']}"
        link = {"other_id": other["memory_id"], "relation": "part of"}
        await done(await client.post(f"{one}/links", json=link))
        linked = await done(await client.get(one))
        await done(await client.post(f"{one}/links", json={**link, "is_removed": True}))
        unlinked = await done(await client.get(one))
        following = {"content": "our deploy window is Monday"}
        put = await done(await client.post(f"{one}/supersede", json=following))
        neither = await client.post(f"{one}/supersede", json={})

    assert [found["relation"] for found in linked["links"]] == ["part of"]
    assert unlinked["links"] == []
    assert put["superseded"]["superseded_by"] == put["memory"]["memory_id"]
    assert neither.status_code == 422


async def test_the_knowledge_graph_is_kept_and_read_over_rest(desk: Desk) -> None:
    _, token = await desk.add_user("Anna")
    _, other = await desk.add_user("Ben")
    at = f"{AT}/graph"
    ada = {"name": "Ada", "entityType": "person", "observations": ["deploys on Friday"]}
    desk_ = {"name": "Desk", "entityType": "project"}
    works = {"from": "Ada", "to": "Desk", "relationType": "works on"}
    more = {"entityName": "Ada", "contents": ["likes tea"]}
    async with desk.client(token) as client, desk.client(other) as stranger:
        made = await done(await client.post(f"{at}/entities", json={"entities": [ada, desk_]}))
        again = await done(await client.post(f"{at}/entities", json={"entities": [ada]}))
        await done(await client.post(f"{at}/relations", json={"relations": [works]}))
        added = await done(await client.post(f"{at}/observations", json={"observations": [more]}))
        whole = await done(await client.get(at))
        found = await done(await client.get(at, params={"query": "tea"}))
        named = await done(await client.get(at, params={"name": ["Desk"]}))
        none = await done(await stranger.get(at))
        forget = {"entityName": "Ada", "observations": ["likes tea"]}
        await done(await client.post(f"{at}/observations/delete", json={"deletions": [forget]}))
        await done(await client.post(f"{at}/relations/delete", json={"relations": [works]}))
        await done(await client.post(f"{at}/entities/delete", json={"entityNames": ["Desk"]}))
        last = await done(await client.get(at))

    assert [one["name"] for one in made["entities"]] == ["Ada", "Desk"]
    assert (again["entities"], added["results"][0]["addedObservations"]) == ([], ["likes tea"])
    assert (len(whole["entities"]), whole["relations"]) == (2, [works])
    assert [one["name"] for one in found["entities"]] == ["Ada"]
    assert [one["name"] for one in named["entities"]] == ["Desk"]
    assert none["entities"] == []
    assert last["entities"] == [ada]
    assert last["relations"] == []
