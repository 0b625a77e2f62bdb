import httpx2
import pytest

from sophia.oauth.documents import MAX_BYTES, FetchedDocuments
from sophia.oauth.errors import ClientAwayError

URL = "https://notes.example/client.json"


def documents_from(*answers: httpx2.Response | Exception) -> FetchedDocuments:
    waiting = list(answers)

    def answer(request: httpx2.Request) -> httpx2.Response:
        assert request.headers["accept"] == "application/json"
        found = waiting.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    return FetchedDocuments(httpx2.AsyncClient(transport=httpx2.MockTransport(answer)))


async def test_a_description_is_fetched_as_it_stands() -> None:
    documents = documents_from(httpx2.Response(200, content=b"{}"))

    assert await documents.fetch(URL, max_bytes=MAX_BYTES) == b"{}"


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(404),
        httpx2.Response(302, headers={"Location": "https://evil.example/"}),
        httpx2.Response(200, content=b"x" * (MAX_BYTES + 1)),
        httpx2.ConnectError("nobody there"),
        httpx2.ReadTimeout("too slow"),
    ],
)
async def test_a_description_that_is_not_there_is_an_application_that_is_away(
    answer: httpx2.Response | Exception,
) -> None:
    # A redirect that was followed would find the second answer.
    documents = documents_from(answer, httpx2.Response(200, content=b"{}"))
    with pytest.raises(ClientAwayError):
        await documents.fetch(URL, max_bytes=MAX_BYTES)
