"""Connections that the server has ended are not given out."""

from sqlalchemy import text

from sophia.store.database import Database


async def test_the_first_statement_after_the_server_ended_its_connections_succeeds(
    postgres_url: str,
) -> None:
    ended, other = Database(postgres_url, pool_size=1), Database(postgres_url, pool_size=1)
    try:
        async with ended.reading() as reader:
            pid = await reader.scalar(text("SELECT pg_backend_pid()"))
        async with other.reading() as reader:
            # It waits until the process is gone.
            await reader.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        async with ended.reading() as reader:
            fresh = await reader.scalar(text("SELECT pg_backend_pid()"))
        async with ended.transaction() as writer:
            again = await writer.scalar(text("SELECT pg_backend_pid()"))
    finally:
        await ended.close()
        await other.close()

    assert fresh != pid
    assert again == fresh
