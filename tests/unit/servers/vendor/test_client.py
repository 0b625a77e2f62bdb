"""Asking a vendor: what is asked again, what is waited for, what is said about a refusal."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sophia.sandbox.faults import Fault
from sophia.sandbox.serving import Sandbox, standing_in
from sophia.servers.vendor.account import Account
from sophia.servers.vendor.client import Ask, VendorClient
from sophia.servers.vendor.dialect import Dialect
from sophia.servers.vendor.errors import (
    VendorAwayError,
    VendorConflictError,
    VendorForbiddenError,
    VendorLimitError,
    VendorMissingError,
    VendorPaidError,
    VendorRefusedError,
    VendorStrangeError,
    VendorTokenRefusedError,
)
from tests.support.clock import FixedClock

DIALECT = Dialect(title="Acme", token_name="ACME_TOKEN", scope_hint=lambda _: "It needs write.")


@dataclass
class Desk:
    client: VendorClient
    sandbox: Sandbox
    clock: FixedClock
    seen: list[Request] = field(default_factory=list[Request])


@asynccontextmanager
async def desk(answer: Callable[[Request], Response]) -> AsyncGenerator[Desk]:
    seen: list[Request] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        await request.body()
        seen.append(request)
        await answer(request)(scope, receive, send)

    clock = FixedClock()
    async with standing_in("acme", app, clock=clock) as sandbox:
        account = Account(dialect=DIALECT, base_url=sandbox.origin, token="t0ken")
        async with VendorClient.opened(account, clock=clock) as client:
            yield Desk(client, sandbox, clock, seen)


def well(_request: Request) -> Response:
    return JSONResponse({"is_well": True})


async def test_the_token_and_what_was_asked_for_are_sent() -> None:
    async with desk(well) as at:
        await at.client.get("/things", {"state": "open", "page": 2, "all": True, "none": None})
    [request] = at.seen
    assert request.headers["authorization"] == "Bearer t0ken"
    assert dict(request.query_params) == {"state": "open", "page": "2", "all": "true"}


async def test_reading_is_tried_again_when_the_vendor_is_in_trouble() -> None:
    async with desk(well) as at:
        at.sandbox.faults.expect(Fault(kind="error", times=2))
        assert await at.client.get("/things") == {"is_well": True}


async def test_it_is_given_up_after_three_attempts() -> None:
    async with desk(well) as at:
        at.sandbox.faults.expect(Fault(kind="error", times=3))
        with pytest.raises(VendorAwayError, match="HTTP 503"):
            await at.client.get("/things")
        assert at.seen == []


async def test_a_change_is_sent_once() -> None:
    async with desk(well) as at:
        at.sandbox.faults.expect(Fault(kind="error"))
        with pytest.raises(VendorAwayError, match="look before you repeat it"):
            await at.client.send("POST", "/things", {"name": "x"})
        assert at.seen == []


async def test_a_post_that_only_reads_is_tried_again() -> None:
    async with desk(well) as at:
        at.sandbox.faults.expect(Fault(kind="error"))
        ask = Ask(method="POST", path="/graphql", json={"query": "{x}"}, is_safe=True)
        assert (await at.client.ask(ask)).json() == {"is_well": True}


async def test_a_short_limit_is_waited_for() -> None:
    async with desk(well) as at:
        began_s = at.clock.monotonic()
        at.sandbox.faults.expect(Fault(kind="limit", retry_after_s=3))
        assert await at.client.get("/things") == {"is_well": True}
        assert at.clock.monotonic() - began_s >= 3


async def test_a_long_limit_is_told_and_nothing_is_sent_until_it_is_over() -> None:
    async with desk(well) as at:
        at.sandbox.faults.expect(Fault(kind="limit", retry_after_s=90))
        with pytest.raises(VendorLimitError, match="in 90 s"):
            await at.client.get("/things")
        at.clock.advance(30)
        with pytest.raises(VendorLimitError, match="in 60 s"):
            await at.client.get("/others")
        assert at.seen == []
        at.clock.advance(61)
        assert await at.client.get("/things") == {"is_well": True}


async def test_what_is_unchanged_comes_from_the_cache() -> None:
    def tagged(request: Request) -> Response:
        if request.headers.get("if-none-match") == '"1"':
            return Response(status_code=304)
        return JSONResponse({"at": str(request.url.query)}, headers={"ETag": '"1"'})

    async with desk(tagged) as at:
        assert await at.client.get("/things", {"page": 1}) == {"at": "page=1"}
        assert await at.client.get("/things", {"page": 1}) == {"at": "page=1"}
        assert await at.client.get("/things", {"page": 2}) == {"at": "page=2"}
    assert [request.headers.get("if-none-match") for request in at.seen] == [None, '"1"', None]


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (401, VendorTokenRefusedError, "ACME_TOKEN"),
        (402, VendorPaidError, "paid plans"),
        (403, VendorForbiddenError, "It needs write."),
        (404, VendorMissingError, "check the names"),
        (409, VendorConflictError, "read it again"),
        (422, VendorRefusedError, "Bad; title is missing"),
    ],
)
async def test_a_refusal_says_what_to_do_and_what_the_vendor_said(
    status: int, error: type[Exception], words: str
) -> None:
    said = {"message": "Bad", "errors": [{"message": "title is missing"}]}
    async with desk(lambda _: JSONResponse(said, status_code=status)) as at:
        with pytest.raises(error, match=words):
            await at.client.get("/things")


async def test_what_is_no_json_is_told() -> None:
    async with desk(lambda _: Response("<html>")) as at:
        with pytest.raises(VendorStrangeError):
            await at.client.get("/things")


async def test_a_vendor_that_is_away_is_told() -> None:
    async with desk(well) as at:
        pass
    account = Account(dialect=DIALECT, base_url=at.sandbox.origin, token="t0ken")
    async with VendorClient.opened(account, clock=at.clock) as client:
        with pytest.raises(VendorAwayError, match="Acme cannot be reached"):
            await client.get("/things")


async def test_an_answer_without_end_is_not_taken() -> None:
    async with desk(lambda _: Response(b"x" * 9_000_000)) as at:
        with pytest.raises(VendorRefusedError, match="too large"):
            await at.client.get("/things")
