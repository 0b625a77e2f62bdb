"""A process killed between the effect of a request and its answer: the repeat has no second one."""

import asyncio
from pathlib import Path

import httpx2
import psycopg
import pytest
from psycopg import sql

from tests.support.desk import Desk
from tests.support.waiting import eventually

_NUMBER = 42  # behind the desks that a run's processes share
ONCE = {"Idempotency-Key": "once"}
# What stores the answer waits here until its statement times out: the effect is committed before.
_HOLD = """
CREATE FUNCTION hold() RETURNS trigger AS $$
BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$ LANGUAGE plpgsql;
CREATE TRIGGER hold BEFORE UPDATE ON idempotency_keys
FOR EACH ROW WHEN (NEW.answer IS NOT NULL) EXECUTE FUNCTION hold();
"""
_LET_GO = "DROP TRIGGER hold ON idempotency_keys; DROP FUNCTION hold"
_EFFECTS = {
    "keys": ("/api/v1/keys", {"name": "a key"}, "api_keys"),
    "conversations": ("/api/v1/conversations", {"title": "A talk"}, "conversations"),
}


@pytest.mark.parametrize("effect", _EFFECTS)
async def test_a_request_repeated_after_a_kill_has_one_effect(
    tmp_path: Path, postgres_url: str, redis_url: str, effect: str
) -> None:
    path, body, table = _EFFECTS[effect]
    made = sql.SQL("SELECT id FROM {}").format(sql.Identifier(table))
    desk = Desk(
        tmp_path, number=_NUMBER, database_url=postgres_url, redis_url=redis_url, provider_url=None
    )
    url = postgres_url.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        try:
            await desk.start("api", timeout_s=60)
            _, token = await desk.add_user()
            connection.execute(_HOLD)
            async with desk.client(token) as client:
                first = asyncio.create_task(client.post(path, json=body, headers=ONCE))

                async def has_had_its_effect() -> bool:
                    return connection.execute(made).fetchone() is not None

                await eventually(has_had_its_effect, timeout_s=10)
                desk.kill("api")
                with pytest.raises(httpx2.TransportError):
                    await first
            connection.execute(_LET_GO)
            # The lease runs out by itself; here nobody waits for it.
            connection.execute("UPDATE idempotency_keys SET lease_until = now()")
            await desk.start("api", timeout_s=60)
            async with desk.client(token) as client:
                made_now, again = [
                    await client.post(path, json=body, headers=ONCE) for _ in range(2)
                ]
        finally:
            await desk.close()
        rows = connection.execute(made).fetchall()
    assert (made_now.status_code, again.status_code) == (201, 201)
    assert "idempotency-replayed" not in made_now.headers
    assert made_now.content == again.content
    assert again.headers["idempotency-replayed"] == "true"
    assert [str(row[0]) for row in rows] == [
        made_now.json()["key_id" if effect == "keys" else "session_id"]
    ]
