"""The Asana server over its stand-in, and Asana's document as a judge of both."""

from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import orjson

from sophia.sandbox import team
from sophia.sandbox.asana.app import asana_app
from sophia.sandbox.asana.state import State
from sophia.sandbox.serving import standing_in
from sophia.servers.asana.dialect import ASANA
from sophia.servers.asana.server import asana_parts
from sophia.servers.vendor.account import Account
from sophia.servers.vendor.client import VendorClient
from tests.support.clock import FixedClock
from tests.support.serving import connected, serving
from tests.support.vendor_desk import Desk
from tests.support.vendor_specs import Exchange, OpenApi, Recorder, vendor_spec

_SEARCH = "/workspaces/{workspace_gid}/tasks/search"


@asynccontextmanager
async def asana_desk(*, token: str = team.TOKEN) -> AsyncGenerator[Desk[State]]:
    clock = FixedClock()
    app = asana_app(clock)
    recorder = Recorder(app)
    async with standing_in("asana", recorder, clock=clock) as sandbox:
        account = Account(dialect=ASANA, base_url=sandbox.origin, token=token)
        async with (
            VendorClient.opened(account, clock=clock) as http,
            serving(asana_parts(http, account, clock=clock)) as served,
            connected(served) as client,
        ):
            yield Desk(client, sandbox, app.state.workspace, recorder, clock)


def gid_of(state: State, kind: str, name: str) -> str:
    """Give the gid of what is called so."""
    return state.called(kind, name)["gid"]


def unpacked(seen: Iterable[Exchange]) -> Iterator[Exchange]:
    """Give each exchange, and those that a batch stands for."""
    for one in seen:
        yield one
        if one.path == "/batch" and one.status == HTTPStatus.OK:
            actions = orjson.loads(one.sent)["data"]["actions"]
            answers = orjson.loads(one.answered)["data"]
            yield from map(_unpacked, actions, answers)


def _unpacked(action: Any, answer: Any) -> Exchange:
    fields = ",".join(action.get("options", {}).get("fields", []))
    return Exchange(
        method=action["method"].upper(),
        path=action["relative_path"],
        query=[("opt_fields", fields)] if fields else [],
        sent=orjson.dumps({"data": action["data"]}) if "data" in action else b"",
        status=answer["status_code"],
        content_type="application/json",
        answered=orjson.dumps(answer["body"]),
    )


def asana_judge() -> OpenApi:
    """Give Asana's document, with what its words say and its schemas leave out."""
    document = vendor_spec("asana/asana_slim.json")
    paths, schemas = document["paths"], document["components"]["schemas"]
    # "Page sizes ... can be specified by the `limit` query parameter."
    limit = {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}}
    paths[_SEARCH]["get"]["parameters"].append(limit)
    # "The new parent of the task, or `null` for no parent."
    schemas["TaskSetParentRequest"]["properties"]["parent"]["nullable"] = True
    # "... its corresponding value is either an enum GID, string, number, object, or array".
    schemas["TaskRequestBase"]["allOf"][1]["properties"]["custom_fields"] = {"type": "object"}
    for operations in paths.values():
        for operation in operations.values():
            if isinstance(operation, dict):
                _fill(operation["responses"].get("200", {}), schemas)
    return OpenApi(document)


def _fill(answer: Any, schemas: Any) -> None:
    """Hold the things of a list against their whole description: opt_fields gives all of it."""
    content = answer.get("content", {}).get("application/json", {})
    data = content.get("schema", {}).get("properties", {}).get("data", {})
    name = data.get("items", {}).get("$ref", "").rpartition("/")[2]
    whole = name.replace("Compact", "Response")
    if whole != name and whole in schemas:
        data["items"]["$ref"] = f"#/components/schemas/{whole}"
