"""What cannot be kept is refused with what to mend; what cannot be fetched says why."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import text

from sophia.documents.errors import (
    DocumentEmptyError,
    DocumentTooLargeError,
    DocumentTypeError,
    DocumentUploadedError,
)
from sophia.documents.schemas import FetchIn, UploadIn
from sophia.extraction.errors import FileEncryptedError
from sophia.kit.errors import SophiaError
from sophia.memory.errors import NotToBeKeptError
from sophia.outgoing.errors import UrlRefusedError
from tests.integration.documents.conftest import MAX_BYTES, Library
from tests.support.files import encrypted_pdf, pdf, png, sealed_word, zip_bomb
from tests.support.outgoing import peer

pytestmark = pytest.mark.timeout(120)  # each document is read in a process of its own

HIDDEN = b"""<html><head><script>steal()</script><style>p{}</style></head>
<body><p onclick="steal()">Seen<template>steal</template></p><script>steal()"""


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", DocumentEmptyError),
        (b" \n\t", DocumentEmptyError),
        (b"MZ\x90\x00", DocumentTypeError),
        (png(), DocumentTypeError),
        ("Größe".encode("latin-1"), DocumentTypeError),
        (b"PK\x03\x04 a zip of something else", DocumentTypeError),
        (b"x" * (MAX_BYTES + 1), DocumentTooLargeError),
        (sealed_word(), FileEncryptedError),
    ],
)
async def test_what_is_no_document_is_refused_at_once(
    library: Library, content: bytes, error: type[SophiaError]
) -> None:
    wish = UploadIn(name="a.docx")
    with pytest.raises(error):
        await library.documents.upload(wish, content, owner=str(uuid4()))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (pdf("a page")[:300], "extraction.unreadable"),
        (encrypted_pdf("secret"), "extraction.encrypted"),
        (pdf(""), "documents.empty"),
        (zip_bomb(), "extraction.excessive"),
        (b"<script>alert(1)</script>", "documents.empty"),
    ],
    ids=["cut PDF", "PDF with a password", "PDF without text", "zip bomb", "HTML without text"],
)
async def test_what_cannot_be_read_says_why_and_keeps_nothing(
    library: Library, content: bytes, code: str
) -> None:
    owner = str(uuid4())
    document = await library.uploaded(content, name="a.html", owner=owner)

    assert document.state == "failed"
    assert document.failure is not None
    assert document.failure.code == code
    async with library.database.reading() as reader:
        pending = text("SELECT pending FROM memory_documents WHERE id = :id")
        assert await reader.scalar(pending, {"id": document.document_id}) is None


async def test_of_a_page_with_scripts_only_what_is_seen_is_kept(library: Library) -> None:
    owner = str(uuid4())
    await library.uploaded(HIDDEN, name="page.html", owner=owner)
    (passage,) = await library.passages("page.html", owner=owner)

    assert passage.content == "Seen"


@pytest.mark.parametrize(
    "url",
    ["ftp://example.com/a", "https://me:secret@example.com/", "http://2130706433/", "no url", ""],
)
async def test_what_is_no_url_is_refused_at_once(library: Library, url: str) -> None:
    with pytest.raises((UrlRefusedError, ValueError)):
        await library.documents.fetch(FetchIn(url=url), owner=str(uuid4()))


async def test_a_url_that_holds_a_secret_is_refused(library: Library) -> None:
    url = "https://example.com/a?token=ghp_" + "a1B2c3D4e5F6" * 3
    with pytest.raises(NotToBeKeptError, match="Upload the document instead"):
        await library.documents.fetch(FetchIn(url=url), owner=str(uuid4()))


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:9/", "http://169.254.169.254/latest/", "http://[::1]/", "http://10.0.0.1/"],
)
async def test_a_private_address_is_not_asked(library: Library, url: str) -> None:
    document = await library.fetched(url, owner=str(uuid4()))

    assert document.state == "failed"
    assert document.failure is not None
    assert document.failure.code == "outgoing.address_refused"


async def test_nobody_is_led_to_a_private_address(library: Library) -> None:
    reached: list[str] = []

    async def secret(writer: asyncio.StreamWriter) -> None:
        reached.append("secret")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")

    async with peer(secret) as inside:

        async def redirect(writer: asyncio.StreamWriter) -> None:
            to = inside.url.encode()
            writer.write(b"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % to)

        async with peer(redirect) as outside:
            host = f"127.0.0.1:{outside.port}"
            document = await library.fetched(outside.url, host, owner=str(uuid4()))

    assert document.failure is not None
    assert document.failure.code == "outgoing.address_refused"
    assert reached == []


@pytest.mark.parametrize(
    ("answer", "code", "state"),
    [
        (
            b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope",
            "documents.not_given",
            "failed",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n", "documents.too_large", "failed"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut", "outgoing.peer_away", "queued"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nMZ\x90\x00",
            "documents.type_unknown",
            "failed",
        ),
    ],
)
async def test_what_is_not_given_says_why_and_what_may_pass_is_tried_again(
    library: Library, answer: bytes, code: str, state: str
) -> None:
    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    async with peer(say) as site:
        host = f"127.0.0.1:{site.port}"
        document = await library.fetched(site.url, host, owner=str(uuid4()))

    assert document.failure is not None
    assert (document.failure.code, document.state) == (code, state)


async def test_a_document_that_ends_workers_is_given_up(library: Library) -> None:
    owner = str(uuid4())
    added = await library.documents.upload(UploadIn(name="a"), b"text", owner=owner)
    async with library.database.transaction() as writer:
        await writer.execute(
            text("UPDATE memory_documents SET attempts = 4 WHERE id = :id"),
            {"id": added.document_id},
        )
    await library.index()
    document = await library.documents.get(added.document_id, owner=owner)

    assert document.failure is not None
    assert document.failure.code == "documents.given_up"


async def test_what_was_uploaded_cannot_be_fetched_again(library: Library) -> None:
    owner = str(uuid4())
    document = await library.uploaded("text", name="a", owner=owner)
    with pytest.raises(DocumentUploadedError):
        await library.documents.refresh(document.document_id, owner=owner)
