"""Documents over REST: in by upload or URL, read by the worker, found, and gone again."""

from typing import Any

import httpx2
import pytest

from tests.support.desk import Desk
from tests.support.files import pdf
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(120)

AT = "/api/v1/memory/documents"


async def test_an_uploaded_document_is_read_by_the_worker_and_found(desk: Desk) -> None:
    _, token = await desk.add_user("Anna")
    content = pdf("Invoices are paid within thirty days")
    async with desk.client(token) as client:
        wish = {"name": "contract.pdf", "tags": ["law", "money"]}
        added = await client.post(AT, params=wish, content=content)
        assert added.status_code == 202, added.text
        one = f"{AT}/{added.json()['document_id']}"

        async def ready() -> Any:
            document = (await client.get(one)).json()
            return document if document["state"] == "ready" else None

        document = await eventually(ready, timeout_s=60)
        again = await client.post(AT, params=wish, content=content)
        query = {"query": "When are invoices paid?", "tags": ["money"]}
        found = (await client.post("/api/v1/memory/search", json=query)).json()["memories"]
        listed = (await client.get(AT)).json()
        refreshed = await client.post(f"{one}/refresh")
        gone = await client.delete(one)
        missing = await client.get(one)

    assert (document["passages"], document["pages"], document["failure"]) == (1, 1, None)
    assert again.json()["is_changed"] is False
    assert found[0]["source"]["document"] == "contract.pdf"
    assert found[0]["source"]["page"] == 1
    assert [one["name"] for one in listed["documents"]] == ["contract.pdf"]
    assert (refreshed.status_code, refreshed.json()["code"]) == (409, "documents.uploaded")
    assert [gone.status_code, missing.status_code] == [204, 404]


async def test_a_document_that_cannot_be_taken_is_refused(desk: Desk) -> None:
    _, token = await desk.add_user("Anna")

    def said(answer: httpx2.Response) -> tuple[int, str]:
        return answer.status_code, answer.json()["code"]

    async with desk.client(token) as client:
        empty = await client.post(AT, params={"name": "a"}, content=b"")
        nameless = await client.post(AT, content=b"text")
        url = await client.post(f"{AT}/fetch", json={"url": "file:///etc/passwd"})
        vouched = {"url": "https://example.com/", "is_trusted": True}
        strange = await client.post(f"{AT}/fetch", json=vouched)
        large = await client.post(AT, params={"name": "a"}, content=bytes(100 * 1024 * 1024))

    assert said(empty) == (422, "documents.empty")
    assert (nameless.status_code, strange.status_code) == (422, 422)
    assert said(url) == (422, "outgoing.url_refused")
    assert large.status_code == 413
