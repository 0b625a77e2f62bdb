"""Asking the running API as the owner."""

import asyncio
import json
from typing import Any

import aiohttp

from sophia.cli.errors import RefusedError, UnreachableError
from sophia.cli.identity import access_token
from sophia.core import registry
from sophia.kit.errors import Kind
from sophia.settings import Settings

_TIMEOUT_S = 10
_REFUSED = 400
_KINDS = {404: Kind.MISSING, 409: Kind.CONFLICT, 422: Kind.INVALID, 503: Kind.UNAVAILABLE}


def asked(method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """Ask under /api/v1 and give the JSON; raises UnreachableError, RefusedError."""
    return asyncio.run(_ask(Settings(), method, path, body))


async def _ask(settings: Settings, method: str, path: str, body: dict[str, Any] | None) -> Any:
    url = f"http://127.0.0.1:{settings.port(registry.API_PORT)}/api/v1{path}"
    headers = {"Authorization": f"Bearer {await access_token(settings)}"}
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
    try:
        async with (
            aiohttp.ClientSession(headers=headers, timeout=timeout) as session,
            session.request(method, url, json=body) as answer,
        ):
            told = json.loads(await answer.text() or "null")
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise UnreachableError from error
    if answer.status >= _REFUSED:
        refused = RefusedError(str(told["detail"]))
        refused.kind = _KINDS.get(answer.status, Kind.FORBIDDEN)
        raise refused
    return told
