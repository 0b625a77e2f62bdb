"""A server of one's own, where Sophia signs in as a role that administers nothing."""

import psycopg
import pytest
from sqlalchemy.engine import make_url

from sophia.kit.ids import UserId, uuid7
from sophia.store import migrate
from sophia.store.database import Database
from sophia.store.errors import DatabaseRightsMissingError
from sophia.store.user_database import UserDatabase
from tests.support import servers
from tests.support.turns import running_turn


def modest_url() -> str:
    """Make a database that belongs to a role without rights, and give how that role reaches it."""
    name = f"modest_{uuid7().hex}"
    url = servers.create_database(name)
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{name}'".encode())
        admin.execute(f"ALTER DATABASE {name} OWNER TO {name}".encode())
    return make_url(url).set(username=name, password=name).render_as_string(hide_password=False)


async def test_it_is_told_what_to_have_granted_and_then_works(migrated_url: str) -> None:
    url = modest_url()
    with pytest.raises(DatabaseRightsMissingError, match="GRANT sophia_app TO"):
        migrate.upgrade(url)

    with psycopg.connect(migrated_url.replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute(f"GRANT sophia_app TO {make_url(url).username}".encode())
    assert migrate.upgrade(url)
    assert migrate.upgrade(url) == []

    database, owned = Database(url, pool_size=1), UserDatabase(url, pool_size=1)
    caller = await running_turn(database)
    async with owned.reading(caller.user_id) as reader:
        assert len((await reader.exec_driver_sql("SELECT * FROM turns")).all()) == 1
    async with owned.reading(UserId(uuid7())) as reader:
        assert not (await reader.exec_driver_sql("SELECT * FROM turns")).all()
    await owned.close()
    await database.close()
