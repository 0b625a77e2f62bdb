"""The journal: it stands with what it tells of, cannot be changed, and shows when it was."""

from collections.abc import Sequence

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from sophia.audit import chain
from sophia.audit.chain import Break, Head
from sophia.audit.journal import Deed, Journal, record
from sophia.kit.ids import uuid7
from sophia.store import migrate
from sophia.store.database import Database
from tests.support import servers

_KEY = chain.key_of("pepper")


@pytest.fixture(scope="module", name="url")
def _url() -> str:
    url = servers.create_database(f"journal_{uuid7().hex}")
    migrate.upgrade(url)
    return url


async def sealed(url: str, count: int = 5) -> tuple[Database, Journal, Head]:
    """Write and seal some entries; gives the head."""
    database = Database(url, pool_size=4)
    journal = Journal(database, pepper="pepper")
    async with database.transaction() as writer:
        await record(writer, *(Deed("user", "key.create", uuid7()) for _ in range(count)))
    await journal.seal()
    found = await journal.verify()
    assert found.broken is None
    assert found.unsealed == 0
    return database, journal, found.head


def behind_its_back(url: str, *statements: str) -> None:
    """Do what an administrator of the database can do, the triggers put aside."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in statements:
            connection.execute(statement.encode())


async def test_a_journal_that_nobody_touched_is_whole_and_grows_from_its_head(url: str) -> None:
    database, journal, before = await sealed(url)
    async with database.transaction() as writer:
        await record(writer, Deed("operator", "link.issue"))
    await journal.seal()
    after = await journal.verify(expected=before)

    assert (after.broken, after.head.number) == (None, before.number + 1)
    assert Head.parse(str(after.head)) == after.head
    await database.close()


async def test_what_was_not_done_is_not_told(url: str) -> None:
    database, journal, before = await sealed(url)

    async def fail() -> None:
        async with database.transaction() as writer:
            await record(writer, Deed("operator", "link.issue"))
            await writer.execute(text("INSERT INTO users SELECT FROM generate_series(1, 2)"))

    with pytest.raises(IntegrityError):
        await fail()
    await journal.seal()

    assert (await journal.verify()).head == before
    await database.close()


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_log SET outcome = 'x'", "DELETE FROM audit_log", "TRUNCATE audit_log"],
)
async def test_it_is_append_only(url: str, statement: str) -> None:
    database, _, _ = await sealed(url)
    with (
        psycopg.connect(url.replace("+psycopg", "")) as connection,
        pytest.raises(InsufficientPrivilege, match="append-only"),
    ):
        connection.execute(statement.encode())
    await database.close()


TAMPERING = {
    "changed": ("UPDATE audit_log SET outcome = 'x' WHERE number = {n}",),
    "dropped": ("DELETE FROM audit_log WHERE number = {n}",),
    "dropped and renumbered": (
        "DELETE FROM audit_log WHERE number = {n}",
        "UPDATE audit_log SET number = number - 1 WHERE number > {n}",
    ),
    "reordered": (
        "UPDATE audit_log SET number = -1 WHERE number = {n}",
        "UPDATE audit_log SET number = {n} WHERE number = {n} + 1",
        "UPDATE audit_log SET number = {n} + 1 WHERE number = -1",
    ),
    "given in another's name": (
        "UPDATE audit_log SET on_behalf_of = gen_random_uuid() WHERE number = {n}",
    ),
    "moved in time": ("UPDATE audit_log SET at = at - interval '1 s' WHERE number = {n}",),
}


@pytest.mark.parametrize("statements", TAMPERING.values(), ids=TAMPERING.keys())
async def test_tampering_shows_where_it_happened(statements: Sequence[str]) -> None:
    url = servers.create_database(f"journal_{uuid7().hex}")
    migrate.upgrade(url)
    database, journal, head = await sealed(url)
    behind_its_back(url, *(one.format(n=3) for one in statements))
    found = await journal.verify()

    assert head.number == 5
    assert found.broken is not None
    assert found.broken.number == 3
    await database.close()


async def test_what_is_cut_off_at_the_end_shows_against_a_head_seen_earlier() -> None:
    url = servers.create_database(f"journal_{uuid7().hex}")
    migrate.upgrade(url)
    database, journal, head = await sealed(url)
    behind_its_back(url, "DELETE FROM audit_log WHERE number > 3")

    assert (await journal.verify()).broken is None
    assert (await journal.verify(expected=head)).broken == Break(4, "entries after 3 are missing")
    await database.close()


async def test_many_who_write_and_seal_at_once_make_one_chain(url: str) -> None:
    database, journal, before = await sealed(url)
    other = Journal(database, pepper="pepper")
    for _ in range(3):
        async with database.transaction() as first, database.transaction() as second:
            await record(first, Deed("operator", "link.issue"))
            await record(second, Deed("operator", "link.issue"))
            # Not there yet, and so not in the chain: it comes when it is.
            await journal.seal()
        await journal.seal()
        await other.seal()
    found = await journal.verify()

    assert (found.broken, found.head.number) == (None, before.number + 6)
    await database.close()


async def test_with_another_key_nothing_holds(url: str) -> None:
    database, _, _ = await sealed(url)

    assert (await Journal(database, pepper="other").verify()).broken is not None
    await database.close()


async def test_an_entry_is_sealed_once(url: str) -> None:
    database, journal, head = await sealed(url)
    await journal.seal()
    async with database.reading() as reader:
        count = await reader.scalar(text("SELECT count(*) FROM audit_log"))

    assert (count, (await journal.verify()).head) == (head.number, head)
    await database.close()


FIELDS = (
    *("at", "actor", "on_behalf_of", "via", "action", "target", "arguments_hash", "outcome"),
    "trace_id",
)


@given(
    st.fixed_dictionaries({name: st.text(max_size=8) | st.none() for name in FIELDS}),
    st.sampled_from(FIELDS),
    st.text(max_size=8) | st.none(),
)
def test_no_two_entries_have_one_seal(
    entry: dict[str, str | None], name: str, value: str | None
) -> None:
    rest = {"id": "1", "approval_id": None, "turn_id": None}
    one = chain.seal({**entry, **rest}, head=Head(), key=_KEY)
    other = chain.seal({**entry, **rest, name: value}, head=Head(), key=_KEY)

    assert (one == other) is (entry[name] == value)
