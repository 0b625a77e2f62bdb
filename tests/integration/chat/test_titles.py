"""A conversation is named by its first words, then by the model, and never over a person."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest

from sophia.chat.titles import Titler
from sophia.core.failures import ModelFailedError
from sophia.store.database import Database
from tests.support import servers
from tests.support.desk import Desk
from tests.support.models import ScriptedModel
from tests.support.providers import ScriptedProvider
from tests.support.waiting import eventually

MESSAGE = "Please tell me, in as few words as you can, when exactly our deploy window is\nthis week"


async def begun(client: httpx2.AsyncClient, message: str = MESSAGE, **fields: Any) -> str:
    answer = await client.post("/api/v1/chat", json={"message": message, **fields})
    assert answer.status_code == 200, answer.text
    session_id: str = answer.json()["metadata"]["session_id"]
    return session_id


async def named(client: httpx2.AsyncClient, session_id: str) -> tuple[str, bool]:
    found = (await client.get(f"/api/v1/conversations/{session_id}")).json()
    return found["title"], found["is_title_provisional"]


def titler(database: Database, model: ScriptedModel) -> Titler:
    return Titler(database, lambda name: model if name == "scripted-model" else None)


async def test_first_words_name_a_conversation_until_the_model_does(
    desk: Desk, provider: ScriptedProvider, database: Database
) -> None:
    _, token = await desk.add_user()
    provider.say("On Friday.")
    model = ScriptedModel('**"Deploy\twindow this week."**\nHope that helps!')
    async with desk.client(token) as client:
        session_id = await begun(client)
        first = await named(client, session_id)
        await titler(database, model).run()
        second = await named(client, session_id)
        await titler(database, model).run()

    assert first == ("Please tell me, in as few words as you can, when exactly…", True)
    assert second == ("Deploy window this week", False)
    (request,) = model.requests
    assert "deploy window is" in str(request.messages)
    assert "On Friday." in str(request.messages)


async def test_a_persons_title_is_never_overwritten(
    desk: Desk, provider: ScriptedProvider, database: Database, postgres_url: str
) -> None:
    _, token = await desk.add_user()
    provider.say("On Friday.")

    def rename(session_id: str, title: str) -> Callable[[], None]:
        def do() -> None:
            with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
                connection.execute(
                    "UPDATE conversations SET title = %s, title_by = 'person' WHERE id = %s",
                    (title, session_id),
                )

        return do

    async with desk.client(token) as client:
        session_id = await begun(client)
        renamed = await client.patch(
            f"/api/v1/conversations/{session_id}", json={"title": "Fridays"}
        )
        assert renamed.json()["title"] == "Fridays"
        idle = ScriptedModel("Something else")
        await titler(database, idle).run()
        assert await named(client, session_id) == ("Fridays", False)

        # Not even when it is given while the model thinks.
        provider.say("On Friday.")
        other_id = await begun(client)
        slow = ScriptedModel("Something else", before_reply=rename(other_id, "Mine"))
        await titler(database, slow).run()
        assert await named(client, other_id) == ("Mine", False)

        # A name given to an empty conversation outlives its first message.
        empty = await client.post("/api/v1/conversations", json={"title": "New conversation"})
        provider.say("Hello.")
        await begun(client, session_id=empty.json()["session_id"])
        assert (await named(client, empty.json()["session_id"]))[0] == "New conversation"
    assert idle.requests == []
    assert len(slow.requests) == 1


async def test_a_failing_model_leaves_the_first_words_and_is_asked_once(
    desk: Desk, provider: ScriptedProvider, database: Database
) -> None:
    _, token = await desk.add_user()
    model = ScriptedModel(ModelFailedError("down"))
    async with desk.client(token) as client:
        provider.say("On Friday.")
        session_id = await begun(client, "When do we deploy?")
        by_builtin = await begun(client, "Hello", model="builtin")
        for _ in range(2):
            await titler(database, model).run()
        assert await named(client, session_id) == ("When do we deploy?", False)
        assert await named(client, by_builtin) == ("Hello", False)
    assert len(model.requests) == 1


@pytest.mark.timeout(120)
async def test_the_worker_names_conversations_by_itself(
    desk: Desk,
    provider: ScriptedProvider,
    worker_number: int,
    migrated_url: str,
    postgres_url: str,
    tmp_path: Path,
) -> None:
    # What other tests said is not to be named: the scripted title is for this conversation.
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        connection.execute("UPDATE conversations SET title_by = 'kept'")
    _, token = await desk.add_user()
    titling = Desk(
        tmp_path,
        number=worker_number + 40,
        database_url=migrated_url,
        redis_url=servers.servers().redis_url(worker_number + 32),
        provider_url=provider.url,
        home_folder=desk.settings.home,
        variables={"SOPHIA_MODEL_TITLES": "true"},
    )
    provider.say("On Friday.")
    provider.say("Deploy window")
    try:
        async with desk.client(token) as client:
            session_id = await begun(client)
            await titling.start("worker")

            async def is_named() -> bool:
                return await named(client, session_id) == ("Deploy window", False)

            await eventually(is_named, timeout_s=30)
    finally:
        await titling.close()
