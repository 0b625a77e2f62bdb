"""What clients saw of each operation, held against what is stored in the end.

Each operation is one message with a key of its own. A client tries it, with that key, until it has
an answer or gives up, and notes `ok`, `failed` (refused for good) or `unknown` (gave up). Then, as
in Jepsen's ledgers: what is `ok` is stored and answered exactly once, what `failed` is absent, and
what is `unknown` is there once or not at all.
"""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import httpx2
import psycopg

from sophia.kit.clock import SystemClock
from tests.support.desk import frames

_RETRY_S = 0.2
_ATTEMPT_TIMEOUT_S = 5.0
_GIVES_UP_AFTER_S = 60.0
_STILL_RUNNING = 409
_REFUSED = frozenset({400, 401, 403, 404, 413, 422})
_STREAM_ENDINGS = frozenset({"turn.finished", "turn.failed", "turn.stopped"})


class Outcome(StrEnum):
    """What a client knows of an operation in the end."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(slots=True)
class Operation:
    """One message, and what became of it as its client saw it."""

    key: str
    is_stream: bool
    outcome: Outcome = Outcome.UNKNOWN
    answer: str = ""
    attempts: int = 0
    refused_by: str = ""
    began_s: float = 0.0
    ended_s: float = 0.0
    disorder: list[str] = field(default_factory=list[str])

    @property
    def message(self) -> str:
        """Give the message, which names the operation."""
        return f"operation {self.key}"


class Wrong(StrEnum):
    """What can be wrong with an operation."""

    LOST = "lost"  # answered, and not stored
    DOUBLED = "doubled"  # stored more than once
    DIFFERENT = "different"  # not what the client saw, or not in order
    REFUSED = "refused"  # refused, and yet stored


@dataclass(frozen=True, slots=True)
class Finding:
    """An operation with which something is wrong."""

    wrong: Wrong
    text: str


class _Pace:
    """When one client sends its next message; what it could not send in time it leaves out."""

    def __init__(self, first_in_s: float, every_s: float) -> None:
        self._due_s = time.monotonic() + first_in_s
        self._every_s = every_s

    def wait_s(self) -> float:
        now_s = time.monotonic()
        due_s, self._due_s = self._due_s, max(self._due_s, now_s) + self._every_s
        return max(0, due_s - now_s)


class Ledger:
    """The operations of all clients."""

    def __init__(self, name: str, url: str, token: str) -> None:
        self._name = name
        self.operations: list[Operation] = []
        self._clock = SystemClock()
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}

    async def load(
        self, *, clients: int, until: asyncio.Event, rate_per_s: float | None = None
    ) -> None:
        """Have clients send messages one after the other until told to stop.

        With a rate all of them together send so many in a second, if they are answered in time.
        """
        async with asyncio.TaskGroup() as group:
            for number in range(clients):
                pace = (
                    None if rate_per_s is None else _Pace(number / rate_per_s, clients / rate_per_s)
                )
                group.create_task(self._client(number, until, pace))

    def first_ok_after(self, at_s: float) -> float | None:
        """Give the seconds from a moment (monotonic) to the end of the next operation."""
        later = [one.ended_s for one in self.operations if one.ended_s > at_s]
        return min(later) - at_s if later else None

    def counts(self) -> Counter[Outcome]:
        """Count the operations by outcome."""
        return Counter(one.outcome for one in self.operations)

    async def _client(self, number: int, until: asyncio.Event, pace: "_Pace | None") -> None:
        timeout = httpx2.Timeout(_ATTEMPT_TIMEOUT_S)
        async with httpx2.AsyncClient(
            base_url=self._url, headers=self._headers, timeout=timeout, trust_env=False
        ) as client:
            count = 0
            while not until.is_set():
                if pace is not None:
                    await self._clock.sleep(pace.wait_s())
                operation = Operation(f"{self._name}-{number}-{count}", is_stream=count % 2 == 0)
                operation.began_s = time.monotonic()
                self.operations.append(operation)
                try:
                    async with asyncio.timeout(_GIVES_UP_AFTER_S):
                        await self._carry_out(client, operation)
                except TimeoutError:
                    operation.outcome = Outcome.UNKNOWN
                operation.ended_s = time.monotonic()
                count += 1

    async def _carry_out(self, client: httpx2.AsyncClient, operation: Operation) -> None:
        """Try until there is an answer or a refusal."""
        place: dict[str, Any] = {}
        while True:
            operation.attempts += 1
            try:
                if operation.is_stream:
                    is_over = await self._stream(client, operation, place)
                else:
                    is_over = await self._ask(client, operation)
            except httpx2.TransportError:
                is_over = False
            if is_over:
                return
            await self._clock.sleep(_RETRY_S)

    async def _ask(self, client: httpx2.AsyncClient, operation: Operation) -> bool:
        response = await client.post(
            "/api/v1/chat",
            json={"message": operation.message},
            headers={"Idempotency-Key": operation.key},
        )
        if response.is_success:
            operation.answer = response.json()["response"]
            operation.outcome = Outcome.OK
            return True
        return _note_refusal(operation, response)

    async def _stream(
        self, client: httpx2.AsyncClient, operation: Operation, place: dict[str, Any]
    ) -> bool:
        """Follow the turn's events, behind the last one seen when an attempt broke off."""
        if "turn_id" in place:
            request = client.build_request(
                "GET",
                f"/api/v1/turns/{place['turn_id']}/events",
                headers={"Last-Event-ID": place["after"]} if place.get("after") else {},
            )
        else:
            request = client.build_request(
                "POST",
                "/api/v1/chat",
                json={"message": operation.message, "stream": True},
                headers={"Idempotency-Key": operation.key},
            )
        response = await client.send(request, stream=True)
        try:
            if response.status_code == _STILL_RUNNING:
                place["turn_id"] = (await _body(response))["turn_id"]
                return False
            if not response.is_success:
                await response.aread()
                return _note_refusal(operation, response)
            place["turn_id"] = place.get("turn_id") or response.headers["x-sophia-turn-id"]
            async for event_id, event in frames(response):
                if event is None:
                    operation.outcome = Outcome.OK if place.get("is_finished") else Outcome.FAILED
                    operation.refused_by = f"the stream ended with {place.get('ending')}"
                    return True
                _apply(operation, place, event_id or "", event)
        finally:
            await response.aclose()
        return False


def check(ledger: Ledger, database_url: str) -> list[Finding]:
    """Say what is wrong; nothing, when every operation is there as often as it must be."""
    with psycopg.connect(database_url.replace("+psycopg", "")) as connection:
        rows = connection.execute(
            "SELECT idempotency_key, status, message, reply FROM turns"
            " WHERE idempotency_key IS NOT NULL"
        ).fetchall()
    stored = Counter(row[0] for row in rows)
    by_key = {row[0]: row for row in rows}
    found: list[Finding] = []
    for operation in ledger.operations:
        count = stored[operation.key]
        differences = list(operation.disorder)
        if count > 1:
            found.append(Finding(Wrong.DOUBLED, f"{operation.key}: stored {count} times"))
        elif operation.outcome is Outcome.OK and not count:
            found.append(Finding(Wrong.LOST, f"{operation.key}: answered, and not stored"))
        elif operation.outcome is Outcome.OK:
            differences += _differences(operation, by_key[operation.key])
        elif operation.outcome is Outcome.FAILED and count:
            told = f"{operation.key}: refused ({operation.refused_by}), and yet stored"
            found.append(Finding(Wrong.REFUSED, told))
        found += [Finding(Wrong.DIFFERENT, f"{operation.key}: {text}") for text in differences]
    return found


def _differences(operation: Operation, row: tuple[Any, ...]) -> list[str]:
    _, status, message, reply = row
    said = "\n\n".join(step["text"] for step in reply["steps"]) if reply else None
    wrong: list[str] = []
    if status != "done":
        kind = "by a stream" if operation.is_stream else "whole"
        wrong.append(f"answered {kind} with {operation.answer!r}, and stored as {status}")
    if message != operation.message:
        wrong.append(f"another message is stored: {message!r}")
    if said is not None and said.strip() != operation.answer.strip():
        wrong.append(f"seen {operation.answer!r}, stored {said!r}")
    return wrong


def _note_refusal(operation: Operation, response: httpx2.Response) -> bool:
    if response.status_code in _REFUSED:
        operation.outcome = Outcome.FAILED
        operation.refused_by = f"{response.request.method} {response.status_code} {response.text}"
        return True
    return False


def _apply(operation: Operation, place: dict[str, Any], event_id: str, event: Any) -> None:
    """Take an event into account; one that was seen before or comes too early is noted."""
    at = tuple(int(part) for part in event_id.split("-"))
    before = tuple(int(part) for part in place.get("after", "0-0").split("-"))
    if at <= before:
        operation.disorder.append(f"event {event_id} came after {place['after']}")
    place["after"] = event_id
    match event["type"]:
        case "step.started":
            operation.answer = ""  # the turns of this load have one step
        case "text.delta":
            operation.answer += event["text"]
        case kind if kind in _STREAM_ENDINGS:
            place["is_finished"] = kind == "turn.finished"
            place["ending"] = event
        case _:
            pass


async def _body(response: httpx2.Response) -> Any:
    await response.aread()
    return response.json()
