"""The wall behind the filters: a query that names nobody gives one user's rows alone."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import DataError, ProgrammingError

from sophia.audit.journal import Deed, record
from sophia.core.ports import Caller
from sophia.kit.ids import UserId, uuid7
from sophia.store.database import Database
from sophia.store.user_database import UserDatabase
from tests.support.turns import running_turn

_OWNED_TABLES = text("""
    SELECT class.relname FROM pg_class class JOIN pg_namespace space ON space.oid = relnamespace
    WHERE nspname = 'public' AND relkind = 'r' AND relrowsecurity ORDER BY relname
""")
# Known by what its columns are called, or by its going with a person or a team or what is theirs.
_TABLES_OF_SOMEBODY = text("""
    SELECT table_name FROM information_schema.columns
    WHERE table_schema = 'public' AND column_name IN ('user_id', 'team_id', 'owner', 'turn_id')
    UNION
    SELECT relname FROM pg_constraint JOIN pg_class class ON class.oid = conrelid
    WHERE contype = 'f' AND confdeltype = 'c' AND confrelid IN (
        SELECT oid FROM pg_class WHERE relrowsecurity OR relname IN ('users', 'teams'))
""")
_GRANTED = text("""
    SELECT DISTINCT table_name FROM information_schema.role_table_grants
    WHERE grantee = 'sophia_app' ORDER BY table_name
""")
# What belongs to somebody and is read before it is known who asks: only identity reaches it.
_BEFORE_SIGNING_IN = {"api_keys", "external_identities", "sessions", "sign_in_links"}
# What several people share: only those who manage it, or are in it, reach it.
_SHARED = {"team_members", "invitations"}
_FILL = (
    """INSERT INTO turn_steps (turn_id, step, attempt, last_number, events)
        VALUES (:t, 0, 1, 1, '[]')""",
    """INSERT INTO approvals (id, turn_id, user_id, call_id, tool, arguments, arguments_hash,
        tool_class, reason, status, created_at, expires_at)
        VALUES (gen_random_uuid(), :t, :u, 'c', 'x', '{}', 'h', 'write', 'policy', 'pending',
        now(), now())""",
    """INSERT INTO attachment_contents (user_id, sha256, content) VALUES (:u, 'x', 'x')""",
    """INSERT INTO attachments (id, user_id, sha256, name, media_type, size_bytes, is_cut,
        created_at) VALUES (:t, :u, 'x', 'x', 'text/plain', 1, false, now())""",
    """INSERT INTO turn_attachments (turn_id, attachment_id, place) VALUES (:t, :t, 1)""",
    """INSERT INTO turn_words (turn_id, user_id, words) VALUES (:t, :u, '')""",
    # With a model there is, what is stored is owed an embedding.
    """INSERT INTO embedding_models (name, dimension) VALUES ('x', 1) ON CONFLICT DO NOTHING""",
    """INSERT INTO memories (id, owner, scope, content, fingerprint, category, tags, metadata,
        created_at, updated_at, terms, length)
        VALUES (gen_random_uuid(), cast(:u AS text), '', 'x', gen_random_uuid(), 'general', '{}',
        '{}', now(), now(), '', 0)""",
    """INSERT INTO memory_changes (id, memory_id, owner, deed, actor, at)
        SELECT gen_random_uuid(), id, owner, 'changed', owner, now() FROM memories
        WHERE owner = cast(:u AS text)""",
    """INSERT INTO memory_documents (id, owner, author, scope, name, category, tags, trust, state,
        due_at, created_at, updated_at)
        VALUES (gen_random_uuid(), cast(:u AS text), cast(:u AS text), '', 'x', 'general', '{}',
        'told', 'ready', now(), now(), now())""",
    """INSERT INTO memory_links (from_id, to_id, relation, owner, created_at)
        SELECT id, id, 'x', owner, now() FROM memories WHERE owner = cast(:u AS text)""",
    """INSERT INTO memory_entities (id, owner, name, entity_type, created_at)
        VALUES (:t, cast(:u AS text), 'x', 'x', now())""",
    """INSERT INTO memory_relations (from_id, to_id, relation_type, owner, created_at)
        VALUES (:t, :t, 'x', cast(:u AS text), now())""",
    """INSERT INTO memory_unlearners (owner) VALUES (cast(:u AS text))""",
    """INSERT INTO idempotency_keys (principal, key, user_id, fingerprint, run, lease_until,
        created_at)
        VALUES (:u, 'k', :u, '', gen_random_uuid(), now(), now())""",
    """INSERT INTO schedules (id, user_id, message, cron, time_zone, is_enabled, resumed_at,
        next_run_at, created_at)
        VALUES (:t, :u, 'x', '0 7 * * *', 'UTC', false, now(), now(), now())""",
    """INSERT INTO schedule_runs (id, schedule_id, user_id, due_at, at, outcome, reason)
        VALUES (:t, :t, :u, now(), now(), 'begun', '')""",
    """INSERT INTO oauth_grants (id, user_id, client_id, client_name, redirect_uri, resource,
        scopes, created_at, code_hash, code_challenge, code_expires_at)
        VALUES (:t, :u, 'c', 'c', 'http://localhost/', 'r', '{}', now(), uuid_send(:t), '',
        now())""",
    """INSERT INTO upstream_logins (user_id, server, sealed, version, created_at, renewed_at)
        VALUES (:u, 'x', 'x', 1, now(), now())""",
    """INSERT INTO upstream_attempts (state_hash, user_id, server, sealed, expires_at)
        VALUES (:u, :u, 'x', 'x', now())""",
)
_INTO_MEMORIES = next(one for one in _FILL if "INTO memories" in one)


@pytest_asyncio.fixture(loop_scope="session", name="owned")
async def _owned(postgres_url: str) -> AsyncGenerator[UserDatabase]:
    owned = UserDatabase(postgres_url, pool_size=1)
    yield owned
    await owned.close()


async def with_one_of_everything(database: Database) -> Caller:
    caller = await running_turn(database)
    async with database.transaction() as writer:
        for statement in _FILL:
            await writer.execute(text(statement), {"t": caller.turn_id, "u": caller.user_id})
    return caller


async def names(database: Database, query: Any) -> set[str]:
    async with database.reading() as reader:
        return set(await reader.scalars(query))


async def count(owned: UserDatabase, table: str, user_id: UserId) -> int:
    async with owned.reading(user_id) as reader:
        found = await reader.scalar(text(f"SELECT count(*) FROM {table}"))
    assert isinstance(found, int)
    return found


async def test_every_table_that_belongs_to_somebody_stands_behind_the_wall(
    database: Database,
) -> None:
    walled = await names(database, _OWNED_TABLES)

    assert await names(database, _TABLES_OF_SOMEBODY) - _BEFORE_SIGNING_IN - _SHARED == walled
    assert await names(database, _GRANTED) == walled


async def test_a_query_that_forgets_to_filter_gives_ones_own_rows_alone(
    database: Database, owned: UserDatabase
) -> None:
    ada, eve = [await with_one_of_everything(database) for _ in range(2)]
    tables = await names(database, _OWNED_TABLES) - {"audit_log"}
    assert len(tables) >= 5

    for table in tables:
        assert await count(owned, table, ada.user_id) == 1, table
        assert await count(owned, table, eve.user_id) == 1, table
        assert await count(owned, table, UserId(uuid7())) == 0, table


async def test_a_change_that_forgets_to_filter_leaves_others_rows_alone(
    database: Database, owned: UserDatabase
) -> None:
    ada, eve = [await with_one_of_everything(database) for _ in range(2)]
    async with owned.transaction(eve.user_id) as writer:
        await writer.execute(text("UPDATE memories SET content = 'changed'"))
        await writer.execute(text("DELETE FROM conversations"))

    assert await count(owned, "conversations", eve.user_id) == 0
    assert await count(owned, "turns", ada.user_id) == 1
    async with owned.reading(ada.user_id) as reader:
        assert await reader.scalar(text("SELECT content FROM memories")) == "x"


async def test_nobody_writes_in_anothers_name(database: Database, owned: UserDatabase) -> None:
    ada, eve = [await with_one_of_everything(database) for _ in range(2)]
    with pytest.raises(ProgrammingError, match="row-level security"):
        async with owned.transaction(eve.user_id) as writer:
            await writer.execute(
                text("UPDATE conversations SET user_id = :other"), {"other": ada.user_id}
            )
    with pytest.raises(ProgrammingError, match="row-level security"):
        async with owned.transaction(eve.user_id) as writer:
            await writer.execute(text(_INTO_MEMORIES), {"u": ada.user_id})


async def test_nobody_writes_anothers_deeds_into_the_journal(
    database: Database, owned: UserDatabase
) -> None:
    ada, eve = [await running_turn(database) for _ in range(2)]
    async with owned.transaction(eve.user_id) as writer:
        await record(writer, Deed("user", "key.create", eve.user_id))
    for forged in (Deed("user", "key.create", ada.user_id), Deed("operator", "x", eve.user_id)):
        with pytest.raises(ProgrammingError, match="row-level security"):
            async with owned.transaction(eve.user_id) as writer:
                await record(writer, forged)


async def test_what_is_no_users_is_out_of_reach(owned: UserDatabase) -> None:
    for table in ("users", "sessions", "api_keys", "tool_rules", "audit_log"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            await count(owned, table, UserId(uuid7()))


async def test_a_connection_forgets_whom_it_served(database: Database, owned: UserDatabase) -> None:
    ada = await with_one_of_everything(database)
    assert await count(owned, "turns", ada.user_id) == 1

    assert await count(owned, "turns", UserId(uuid7())) == 0
    async with owned.transaction(UserId(uuid7())) as writer:
        assert await writer.scalar(text("SELECT count(*) FROM turns")) == 0


async def test_the_search_before_the_wall_finds_only_what_the_named_user_has(
    database: Database, owned: UserDatabase
) -> None:
    ada, eve = [await with_one_of_everything(database) for _ in range(2)]
    fill = text("UPDATE memories SET terms = to_tsvector('english', 'a secret') WHERE owner = :u")
    find = text("SELECT id FROM find_memories('secret')")
    async with database.transaction() as writer:
        for caller in (ada, eve):
            await writer.execute(fill, {"u": str(caller.user_id)})

    for caller in (ada, eve):
        async with owned.reading(caller.user_id) as reader:
            own = list(await reader.scalars(text("SELECT id FROM memories")))
            assert list(await reader.scalars(find)) == own
            assert len(own) == 1
    async with owned.reading(UserId(uuid7())) as reader:
        assert list(await reader.scalars(find)) == []
    async with database.reading() as reader:  # names nobody
        assert list(await reader.scalars(find)) == []


async def test_a_connection_that_names_one_user_never_answers_another(
    database: Database, owned: UserDatabase
) -> None:
    """It is the only one of its pool, and is told whose it is only when that changes."""
    ada, eve = [await with_one_of_everything(database) for _ in range(2)]

    async def own(user_id: UserId) -> list[str]:
        async with owned.reading(user_id) as reader:
            return list(await reader.scalars(text("SELECT owner FROM memories")))

    async def rolled_back(user_id: UserId) -> None:
        with pytest.raises(DataError):
            async with owned.transaction(user_id) as writer:
                await writer.execute(text("SELECT 1 / (count(*) - count(*)) FROM memories"))

    for caller, other in ((ada, eve), (eve, ada), (eve, ada), (ada, eve)):
        assert await own(caller.user_id) == [str(caller.user_id)]
        await rolled_back(other.user_id)
        assert await own(other.user_id) == [str(other.user_id)]
        await rolled_back(other.user_id)
        assert await own(caller.user_id) == [str(caller.user_id)]
        async with owned.transaction(other.user_id) as writer:
            assert await writer.scalar(text("SELECT owner FROM memories")) == str(other.user_id)
        async with owned.single_write(caller.user_id) as writer:
            assert await writer.scalar(text("SELECT owner FROM memories")) == str(caller.user_id)
        with pytest.raises(ProgrammingError):
            async with owned.reading(other.user_id) as reader:
                await reader.execute(text("SELECT * FROM there_is_none"))
        assert await own(caller.user_id) == [str(caller.user_id)]
        assert await own(other.user_id) == [str(other.user_id)]
