"""Files come in as what they are, go out inert, and take no more room than they may."""

from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest

from sophia.attachments.service import AttachmentUpkeep
from sophia.store.database import Database
from tests.support import servers
from tests.support.desk import Desk
from tests.support.files import encrypted_pdf, pdf, png

pytestmark = pytest.mark.timeout(60)  # each PDF is read in a process of its own


async def upload(client: httpx2.AsyncClient, content: bytes, name: str) -> httpx2.Response:
    return await client.post(
        "/api/v1/attachments", params={"name": name}, content=content, timeout=30
    )


async def test_a_file_comes_back_as_it_went_in_and_no_browser_runs_it(desk: Desk) -> None:
    _, token = await desk.add_user()
    _, other = await desk.add_user("Eve")
    page = b"<script>alert(1)</script>"
    async with desk.client(token) as client, desk.client(other) as stranger:
        made = await upload(client, page, 'Größe "x".html')
        assert made.status_code == 201, made.text
        path = f"/api/v1/attachments/{made.json()['attachment_id']}"
        back = await client.get(path)
        assert (await stranger.get(path)).status_code == 404
        assert (await stranger.delete(path)).status_code == 404

        assert made.json()["media_type"] == "text/plain"
        assert made.json()["size_bytes"] == len(page)
        assert back.content == page
        assert back.headers["content-type"].startswith("text/plain")
        assert back.headers["x-content-type-options"] == "nosniff"
        assert back.headers["content-security-policy"] == "default-src 'none'; sandbox"
        disposition = "attachment; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%22x%22.html"
        assert back.headers["content-disposition"] == disposition

        assert (await client.delete(path)).status_code == 204
        assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "attachments.empty"),
        (b"MZ\x90\x00", "attachments.type_unknown"),
        (b"%PDF-1.7\nnothing of the kind", "attachments.pdf_unreadable"),
        (encrypted_pdf("secret"), "attachments.pdf_encrypted"),
        (pdf(""), "attachments.pdf_without_text"),
        (b"x" * 10_485_761, "attachments.too_large"),
    ],
)
async def test_what_cannot_be_read_is_refused_with_a_reason(
    desk: Desk, content: bytes, code: str
) -> None:
    _, token = await desk.add_user()
    async with desk.client(token) as client:
        refused = await upload(client, content, "a.pdf")
    assert (refused.status_code, refused.json()["code"]) == (422, code)


async def test_a_pdf_is_read_page_by_page(desk: Desk, postgres_url: str) -> None:
    _, token = await desk.add_user()
    async with desk.client(token) as client:
        made = await upload(client, pdf("First page", "Second page"), "a.txt")
    assert made.json()["media_type"] == "application/pdf"
    assert made.json()["pages"] == 2
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        row = connection.execute("SELECT said FROM attachments").fetchone()
    assert row == ("First page\n\nSecond page",)


async def test_the_same_content_is_stored_once_and_pruned_when_nobody_sends_it(
    desk: Desk, postgres_url: str, database: Database
) -> None:
    _, token = await desk.add_user()
    upkeep = AttachmentUpkeep(database)
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as connection:

        def count(table: str) -> Any:
            return connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()

        async with desk.client(token) as client:
            for name in ("a.png", "b.png"):
                assert (await upload(client, png(), name)).status_code == 201
        assert count("attachments") == (2,)
        assert count("attachment_contents") == (1,)
        await upkeep.prune()
        assert count("attachments") == (2,)
        connection.execute("UPDATE attachments SET created_at = now() - interval '25 hours'")
        await upkeep.prune()
        assert count("attachments") == (0,)
        assert count("attachment_contents") == (0,)


async def test_nobody_takes_more_room_than_the_quota(
    desk: Desk, worker_number: int, migrated_url: str, tmp_path: Path
) -> None:
    _, token = await desk.add_user()
    narrow = Desk(
        tmp_path,
        number=worker_number + 40,
        database_url=migrated_url,
        redis_url=servers.servers().redis_url(worker_number + 32),
        provider_url=None,
        home_folder=desk.settings.home,
        variables={"SOPHIA_ATTACHMENT_QUOTA_BYTES": "100"},
    )
    try:
        await narrow.start("api")
        async with narrow.client(token) as client:
            assert (await upload(client, b"x" * 60, "a.txt")).status_code == 201
            refused = await upload(client, b"y" * 60, "b.txt")
            again = await upload(client, b"x" * 60, "c.txt")
    finally:
        await narrow.close()
    assert (refused.status_code, refused.json()["code"]) == (409, "attachments.quota_used_up")
    assert again.status_code == 201
