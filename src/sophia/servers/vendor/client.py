"""Asks one vendor over HTTP: within its limits, briefly, and again only where that is safe."""

import random
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Self

import httpx2
import orjson

from sophia.kit.clock import Clock
from sophia.kit.errors import SophiaError
from sophia.outgoing.client import Caps, fetch, open_client
from sophia.outgoing.errors import OutgoingError, TooLargeError
from sophia.outgoing.hosts import AllowedHosts, target_of
from sophia.servers.vendor.account import Account
from sophia.servers.vendor.cache import Answers
from sophia.servers.vendor.dialect import Answer, Dialect
from sophia.servers.vendor.errors import VendorAwayError, VendorError, VendorRefusedError
from sophia.servers.vendor.refusals import limited, refusal

MAX_ATTEMPTS = 3
# Longer waits are the caller's: its tool has a deadline.
MAX_WAIT_S = 5.0
_CAPS = Caps(silence_timeout_s=15, total_timeout_s=25, max_bytes=8 * 1024 * 1024)
_SAFE = frozenset({"GET", "HEAD"})
_NOT_MODIFIED = 304
_REFUSED = 300
_AWAY = 500

type Params = Mapping[str, str | int | bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request. Without `is_safe`, only GET and HEAD are tried again."""

    method: str
    path: str
    params: Params | None = None
    json: Any = None
    accept: str | None = None
    is_safe: bool | None = None

    @property
    def may_repeat(self) -> bool:
        """Say whether it changes nothing, however often it is sent."""
        return self.method in _SAFE if self.is_safe is None else self.is_safe

    @property
    def key(self) -> str:
        """Tell it from other requests."""
        return orjson.dumps([self.path, _written(self.params), self.accept]).decode()


class VendorClient:
    """One vendor under one token."""

    def __init__(self, http: httpx2.AsyncClient, account: Account, *, clock: Clock) -> None:
        """Take a client of sophia.outgoing and whom to ask."""
        self._http = http
        self._account = account
        self._clock = clock
        self._cache = Answers()
        self._blocked_until: dict[str, float] = {}

    @property
    def dialect(self) -> Dialect:
        """Give how the vendor speaks."""
        return self._account.dialect

    def beside(self, account: Account) -> "VendorClient":
        """Give a client of the same vendor's other API, of which the limits count by themselves."""
        return VendorClient(self._http, account, clock=self._clock)

    async def get(self, path: str, params: Params | None = None) -> Any:
        """Read JSON; raises a VendorError."""
        return (await self.ask(Ask(method="GET", path=path, params=params))).json()

    async def text(self, path: str, *, accept: str) -> str:
        """Read a text of some media type; raises a VendorError."""
        return (await self.ask(Ask(method="GET", path=path, accept=accept))).text

    async def send(self, method: str, path: str, json: Any = None) -> Any:
        """Change something, once; gives its JSON or None. Raises a VendorError."""
        answer = await self.ask(Ask(method=method, path=path, json=json))
        return answer.json() if answer.body else None

    async def ask(self, ask: Ask) -> Answer:
        """Send a request, again where that is safe; raises a VendorError."""
        attempt = 1
        while True:
            try:
                return await self._once(ask)
            except VendorError as error:
                if not ask.may_repeat and isinstance(error, VendorAwayError):
                    raise VendorAwayError(
                        f"{error.message} It may have been done: look before you repeat it."
                    ) from error
                wait_s = _wait_s(error, attempt)
                if not ask.may_repeat or attempt == MAX_ATTEMPTS or wait_s is None:
                    raise
                await self._clock.sleep(wait_s)
            attempt += 1

    def forget(self) -> None:
        """Take nothing from the cache any more."""
        self._cache.clear()

    async def _once(self, ask: Ask) -> Answer:
        bucket = self.dialect.bucket(ask.path)
        left_s = self._blocked_until.get(bucket, 0) - self._clock.monotonic()
        if left_s > 0:
            raise limited(self.dialect, left_s)
        kept = self._cache.get(ask.key) if ask.method == "GET" else None
        answer = await self._sent(ask, kept)
        wait_s = self.dialect.wait_s(answer, self._clock)
        if wait_s is not None:
            self._block(bucket, wait_s)
            raise limited(self.dialect, wait_s)
        if answer.status == _NOT_MODIFIED and kept is not None:
            return kept
        if answer.status >= _REFUSED:
            raise self.dialect.refused(answer) or refusal(answer, self.dialect)
        self._block(bucket, self.dialect.empty_s(answer, self._clock))
        if ask.method == "GET":
            self._cache.keep(ask.key, answer)
        elif not ask.may_repeat:
            self._cache.clear()
        return answer

    def _block(self, bucket: str, wait_s: float | None) -> None:
        if wait_s is not None:
            self._blocked_until[bucket] = self._clock.monotonic() + wait_s

    async def _sent(self, ask: Ask, kept: Answer | None) -> Answer:
        headers = {**self.dialect.headers, **await self._account.headers()}
        if ask.accept is not None:
            headers["Accept"] = ask.accept
        if kept is not None:
            headers["If-None-Match"] = kept.headers["etag"]
        body = None
        if ask.json is not None:
            headers["Content-Type"] = "application/json"
            body = orjson.dumps(ask.json)
        title = self.dialect.title
        await self._account.turn(ask.path)
        try:
            answer = await fetch(
                self._http,
                self._account.base_url + ask.path,
                method=ask.method,
                params=_written(ask.params) or None,
                headers=headers,
                content=body,
            )
        except TooLargeError as error:
            raise VendorRefusedError(
                f"What {title} answers is too large to take in: ask for less."
            ) from error
        except OutgoingError as error:
            raise VendorAwayError(f"{title} cannot be reached: {error.message}") from error
        taken = Answer(
            status=answer.status_code,
            headers={name.lower(): value for name, value in answer.headers.items()},
            body=answer.content,
        )
        return replace(taken, status=self.dialect.status(taken))

    @classmethod
    @asynccontextmanager
    async def opened(cls, account: Account, *, clock: Clock) -> AsyncGenerator[Self]:
        """Open a client, and close it again. Its host is the operator's choice: it is allowed."""
        host, port = target_of(account.base_url)
        named = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        async with open_client(allowed=AllowedHosts.parse(named), caps=_CAPS) as http:
            yield cls(http, account, clock=clock)


def _wait_s(error: SophiaError, attempt: int) -> float | None:
    asked = error.facts.get("retry_after_s")
    if isinstance(asked, float):
        return asked if asked <= MAX_WAIT_S else None
    if not isinstance(error, VendorAwayError):
        return None
    return random.uniform(0.2, 0.5 * 2**attempt)  # noqa: S311 - spreads load, guards nothing


def _written(params: Params | None) -> dict[str, str]:
    """Leave out what is None; write booleans as vendors do."""
    given = {name: value for name, value in (params or {}).items() if value is not None}
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in given.items()
    }
