"""Asking Asana for several things at once."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sophia.sandbox.serving import standing_in
from sophia.servers.asana.client import Action, Asana
from sophia.servers.asana.dialect import ASANA
from sophia.servers.vendor.account import Account
from sophia.servers.vendor.client import VendorClient
from tests.support.clock import FixedClock


async def test_what_was_done_before_asana_failed_is_not_lost() -> None:
    asked: list[int] = []

    async def answer(request: Request) -> Response:
        actions = (await request.json())["data"]["actions"]
        asked.append(len(actions))
        if len(asked) > 1:
            return JSONResponse({"errors": []}, status_code=503)
        return JSONResponse({"data": [{"status_code": 201, "body": {"data": {}}} for _ in actions]})

    app = Starlette(routes=[Route("/batch", answer, methods=["POST"])])
    clock = FixedClock()
    async with standing_in("asana", app, clock=clock) as sandbox:
        account = Account(dialect=ASANA, base_url=sandbox.origin, token="t0ken")
        async with VendorClient.opened(account, clock=clock) as client:
            action = Action(method="post", path="/tasks", data={})
            outcomes = await Asana(client).batch([action] * 25)
    assert asked == [10, 10]  # a change is sent once
    told = [one.error.message if one.error else "" for one in outcomes]
    assert told[:10] == [""] * 10
    assert all("HTTP 503" in one for one in told[10:20])
    assert all("was not asked" in one for one in told[20:])
