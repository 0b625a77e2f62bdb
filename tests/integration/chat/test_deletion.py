"""Deletion deletes: no table and no stream keeps anything of a conversation."""

from typing import Any

import httpx2
import psycopg
from psycopg import sql
from redis import Redis

from tests.support import servers
from tests.support.desk import Desk, received
from tests.support.providers import ScriptedProvider
from tests.support.waiting import eventually

SECRET = "the colour of the vault is ultramarine"
WORD = "ultramarine"


def rows_with(url: str, *wanted: str) -> list[str]:
    """Give the tables of which some row, written out, holds one of these texts."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        return [
            name
            for schema, name in tables
            for text in wanted
            if connection.execute(
                sql.SQL("SELECT 1 FROM {} one WHERE one::text ILIKE %s LIMIT 1").format(
                    sql.Identifier(schema, name)
                ),
                (f"%{text}%",),
            ).fetchone()
        ]


async def begun(client: httpx2.AsyncClient, message: str, **fields: Any) -> dict[str, Any]:
    answer = await client.post("/api/v1/chat", json={"message": message, **fields})
    assert answer.status_code == 200, answer.text
    return answer.json()["metadata"]


async def test_no_table_keeps_a_deleted_conversation(
    desk: Desk, provider: ScriptedProvider, postgres_url: str, worker_number: int
) -> None:
    user_id, token = await desk.add_user()
    said = {"messages": [{"role": "user", "content": SECRET}], "user_id": str(user_id)}
    provider.call("memory__store_conversation", said)
    provider.say(f"Noted: {SECRET}.")
    provider.call("memory__store_memory", {"content": "the vault has a colour"})
    provider.say(f"Again: {SECRET}.")
    redis = Redis.from_url(servers.servers().redis_url(worker_number + 32))
    async with desk.client(token) as client:
        first = await begun(client, SECRET)
        path = f"/api/v1/conversations/{first['session_id']}"
        second = await begun(client, f"Say it again: {SECRET}", session_id=first["session_id"])
        ids = [first["session_id"], first["turn_id"], second["turn_id"]]
        before = set(rows_with(postgres_url, WORD, *ids))
        streams = [f"sophia:stream:{turn_id}" for turn_id in ids[1:]]
        assert redis.exists(*streams) == len(streams)

        assert (await client.delete(path)).status_code == 204

        assert rows_with(postgres_url, WORD) == []
        # The journal alone names what was deleted and in which turns tools ran, not what was said.
        assert set(rows_with(postgres_url, *ids)) <= {"audit_log"}
        assert redis.exists(*streams) == 0
        assert (await client.get(path)).status_code == 404
        assert (await client.delete(path)).json()["code"] == "chat.conversation_missing"
        # What she was told to remember is not the conversation's.
        assert rows_with(postgres_url, "the vault has a colour") == ["memories"]
    redis.close()
    assert {"conversations", "turns", "turn_steps", "memories"} <= before


async def test_a_running_turn_is_stopped_before_its_conversation_is_deleted(
    desk: Desk, provider: ScriptedProvider, postgres_url: str, worker_number: int
) -> None:
    _, token = await desk.add_user()
    provider.say(*["word "] * 200, pause_s=0.2)
    async with desk.client(token) as client, desk.socket(token) as socket:
        await socket.send('{"type": "message", "message": "Talk"}')
        seen = await received(socket, "text.delta")
        session_id, turn_id = seen[0]["session_id"], seen[0]["turn_id"]
        deleted = await client.delete(f"/api/v1/conversations/{session_id}")
        assert deleted.status_code == 204
        # Whoever followed it sees that it was stopped.
        assert (await received(socket, "turn.stopped"))[-1]["turn_id"] == turn_id
        assert set(rows_with(postgres_url, session_id, turn_id)) <= {"audit_log"}

        redis = Redis.from_url(servers.servers().redis_url(worker_number + 32))

        async def is_gone() -> bool:
            return not redis.exists(f"sophia:stream:{turn_id}")

        await eventually(is_gone)
        redis.close()


async def test_nobody_deletes_what_is_anothers(desk: Desk, provider: ScriptedProvider) -> None:
    _, token = await desk.add_user()
    _, stranger = await desk.add_user("Eve")
    provider.say("Hello.")
    async with desk.client(token) as client, desk.client(stranger) as other:
        mine = await begun(client, "Hello")
        path = f"/api/v1/conversations/{mine['session_id']}"
        assert (await other.delete(path)).status_code == 404
        assert (await client.get(path)).status_code == 200
