"""Documents are found by page and heading, follow their source, and go without a trace."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import text

from sophia.documents.errors import DocumentMissingError
from sophia.documents.schemas import ListDocumentsQuery
from sophia.kit.ids import MemoryId
from sophia.memory.errors import MemoryMissingError
from tests.integration.documents.conftest import Library
from tests.support.files import outlined_pdf
from tests.support.outgoing import peer

pytestmark = pytest.mark.timeout(120)  # each document is read in a process of its own

HANDBOOK = """\
# Deploying

## When

Our deploy window is Friday 15:00 UTC.

## Rolling back

Roll back with make back, and tell the channel.
"""


async def test_a_document_is_found_with_its_page_and_heading(library: Library) -> None:
    owner = str(uuid4())
    markdown = await library.uploaded(HANDBOOK, name="handbook.md", owner=owner)
    pages = outlined_pdf(
        "Invoices are paid", "within thirty days", outline=[("Terms of payment", 2)]
    )
    await library.uploaded(pages, name="contract.pdf", owner=owner)

    (window, *_) = await library.find("When is the deploy window?", owner=owner)
    (terms, *_) = await library.find("terms of payment in the contract", owner=owner)

    assert window.content == "Our deploy window is Friday 15:00 UTC."
    assert window.source.heading == "Deploying > When"
    assert window.source.document_id == markdown.document_id
    assert (window.kind, window.trust) == ("passage", "untrusted")
    assert (terms.source.document, terms.source.page) == ("contract.pdf", 2)
    assert terms.source.heading == "Terms of payment"
    assert (markdown.state, markdown.passages, markdown.indexed) == ("ready", 2, 2)


async def test_a_changed_document_keeps_the_passages_that_did_not_change(library: Library) -> None:
    owner = str(uuid4())
    first = await library.uploaded(HANDBOOK, name="handbook.md", owner=owner)
    before = {one.content: one for one in await library.passages("handbook.md", owner=owner)}
    again = await library.uploaded(HANDBOOK, name="handbook.md", owner=owner)
    same = {one.content: one for one in await library.passages("handbook.md", owner=owner)}
    changed = HANDBOOK.replace("Friday", "Monday")
    second = await library.uploaded(changed, name="handbook.md", owner=owner)
    after = {one.content: one for one in await library.passages("handbook.md", owner=owner)}

    kept = "Roll back with make back, and tell the channel."
    assert first.document_id == again.document_id == second.document_id
    assert again.updated_at == first.updated_at
    assert same == before
    assert after[kept] == before[kept]
    assert after.keys() - before.keys() == {"Our deploy window is Monday 15:00 UTC."}
    assert before.keys() - after.keys() == {"Our deploy window is Friday 15:00 UTC."}


async def test_a_deleted_document_leaves_nothing(library: Library) -> None:
    owner = str(uuid4())
    document = await library.uploaded(HANDBOOK, name="handbook.md", owner=owner)
    one, other = await library.passages("handbook.md", owner=owner)
    await library.memories.delete(MemoryId(one.memory_id), owner=owner)
    await library.documents.delete(document.document_id, owner=owner)

    assert await library.find("deploy window", owner=owner) == []
    with pytest.raises(DocumentMissingError):
        await library.documents.get(document.document_id, owner=owner)
    for memory in (one, other):
        with pytest.raises(MemoryMissingError):
            await library.upkeep.restore(MemoryId(memory.memory_id), owner=owner)
    async with library.database.reading() as reader:
        for table in ("memories", "memory_changes", "memory_documents"):
            count = text(f"SELECT count(*) FROM {table} WHERE owner = :owner")
            assert await reader.scalar(count, {"owner": owner}) == 0


async def test_a_page_that_is_fetched_follows_its_source(library: Library) -> None:
    owner = str(uuid4())
    said = ["Friday", "Monday"]

    async def answer(writer: asyncio.StreamWriter) -> None:
        page = f"<h1>Deploying</h1><script>x()</script><p>We deploy on {said[0]} in Köln."
        body = page.encode("latin-1")
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=iso-8859-1\r\n"
            b"Content-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body)
        )

    async with peer(answer) as site:
        host = f"127.0.0.1:{site.port}"
        document = await library.fetched(f"{site.url}handbook", host, owner=owner)
        (before,) = await library.passages(document.name, owner=owner)
        said.pop(0)
        await library.documents.refresh(document.document_id, owner=owner)
        await library.index(host)
    (after,) = await library.passages(document.name, owner=owner)

    assert (before.content, before.trust) == ("We deploy on Friday in Köln.", "untrusted")
    assert (after.content, after.source.heading) == ("We deploy on Monday in Köln.", "Deploying")
    assert document.name == "127.0.0.1/handbook"


async def test_what_a_killed_worker_left_is_taken_up_by_the_next(library: Library) -> None:
    owner = str(uuid4())
    document = await library.uploaded(HANDBOOK, name="handbook.md", owner=owner)
    # As it is when a worker died after some passages: taken, its lease over, some stored.
    async with library.database.transaction() as writer:
        await writer.execute(
            text("""
                UPDATE memory_documents SET state = 'indexing', pending = :content, attempts = 1,
                    due_at = now() - interval '1 second' WHERE id = :id
            """),
            {"id": document.document_id, "content": HANDBOOK.encode()},
        )
        await writer.execute(
            text("DELETE FROM memories WHERE document_id = :id AND content LIKE 'Roll%'"),
            {"id": document.document_id},
        )
    await library.index()

    found = await library.documents.get(document.document_id, owner=owner)
    assert (found.state, found.passages) == ("ready", 2)
    assert len(await library.passages("handbook.md", owner=owner)) == 2


async def test_documents_are_listed_page_by_page_and_nobody_elses(library: Library) -> None:
    owner = str(uuid4())
    for number in range(3):
        await library.uploaded(f"Text {number}", name=f"note {number}", owner=owner)
    await library.uploaded("Other text", name="other", owner=str(uuid4()))

    first = await library.documents.page(ListDocumentsQuery(limit=2), owner=owner)
    rest = await library.documents.page(
        ListDocumentsQuery(limit=2, cursor=first.next_cursor), owner=owner
    )
    assert [one.name for one in first.documents] == ["note 2", "note 1"]
    assert [one.name for one in rest.documents] == ["note 0"]
    assert rest.next_cursor is None
