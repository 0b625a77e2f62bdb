"""No write is left out: each route that changes something takes an Idempotency-Key."""

import re
from typing import Any

import pytest

from sophia.api.app import build
from sophia.settings import Settings
from sophia.wiring.api import open_api
from tests.support.desk import Desk

DESCRIPTION: dict[str, Any] = build(lambda: open_api(Settings())).openapi()
WRITES = [
    (method, path, operation)
    for path, methods in DESCRIPTION["paths"].items()
    for method, operation in methods.items()
    if method in {"post", "put", "patch", "delete"}
]
SIGNING_IN = {
    *(f"/api/v1/auth/{name}" for name in ("link", "login", "refresh", "logout", "join")),
    *(f"/oauth/{name}" for name in ("register", "token", "revoke")),
    "/api/v1/hooks/{vendor}",  # signed by vendors, and counted once by the signature
}
KEYED = [write for write in WRITES if write[1] not in SIGNING_IN]
IDS = [f"{method} {path}" for method, path, _ in KEYED]


def test_all_but_signing_in_and_out_is_held_to_it() -> None:
    assert {path for _, path, _ in WRITES} - {path for _, path, _ in KEYED} == SIGNING_IN


@pytest.mark.parametrize(("method", "path", "operation"), KEYED, ids=IDS)
async def test_every_write_takes_an_idempotency_key(
    desk: Desk, method: str, path: str, operation: dict[str, Any]
) -> None:
    named = [one["name"] for one in operation["parameters"] if one["in"] == "header"]
    assert named.count("idempotency-key") == 1

    # A key that cannot be used is refused where it is looked at, and only there.
    _, token = await desk.add_user(role="owner")
    async with desk.client(token) as client:
        body = {"message": "Hello."}
        refused = await client.request(
            method,
            re.sub(r"{\w+}", "01980000-0000-7000-8000-000000000000", path),
            json=None if method == "delete" else body,
            headers={"Idempotency-Key": "x" * 201},
        )
    assert refused.status_code == 422
    assert "idempotency" in refused.json()["detail"].lower()
