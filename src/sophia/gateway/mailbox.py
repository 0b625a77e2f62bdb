"""What a client of the older era sends for a request that runs in another replica.

Such a client answers a question, cancels a request or subscribes by a POST of its own, which any
replica may get. Each replica has a channel in Redis; the id of a question names the replica that
asked it.
"""

import asyncio
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, cast

import orjson
from redis.asyncio import Redis

from sophia.core.messages import Json, JsonObject, object_of
from sophia.gateway.sessions import Session
from sophia.kit import log
from sophia.kit.clock import Clock
from sophia.store.redis import REDIS_ERRORS

_CHANNEL = "sophia:mcp:mail:"
_EVERYBODY = "all"
_RETRY_S = 1.0
_POLL_S = 1.0

_logger = log.get("gateway")

type _Mail = dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Question:
    """A question that waits for its client."""

    id: str
    session: str
    answer: asyncio.Future[JsonObject]


class Mailbox:
    """Takes answers, cancellations and wishes to whoever waits for them, here or elsewhere."""

    def __init__(self, redis: Redis, *, clock: Clock) -> None:
        """Take the way to Redis."""
        self._redis = redis
        self._clock = clock
        self._name = secrets.token_hex(6)
        self._questions: dict[str, Question] = {}
        self._running: dict[tuple[str, str], asyncio.Task[object]] = {}
        self._wishing: dict[asyncio.Event, str] = {}

    @asynccontextmanager
    async def question(self, session: Session) -> AsyncGenerator[Question]:
        """Open a question; its answer is only taken from the session that was asked."""
        id_ = f"{self._name}.{secrets.token_hex(8)}"
        question = Question(id_, session.number, asyncio.get_running_loop().create_future())
        self._questions[id_] = question
        try:
            yield question
        finally:
            del self._questions[id_]

    @asynccontextmanager
    async def cancellable(self, session: Session, request_id: Json) -> AsyncGenerator[None]:
        """Let the session cancel what runs in the block; raises CancelledError in it then."""
        task = asyncio.current_task()
        key = (session.number, repr(request_id))
        if task is not None:
            self._running[key] = task
        try:
            yield
        finally:
            self._running.pop(key, None)

    @asynccontextmanager
    async def wishing(self, session: Session) -> AsyncGenerator[asyncio.Event]:
        """Give what is set whenever the session comes to want something else."""
        changed = asyncio.Event()
        self._wishing[changed] = session.number
        try:
            yield changed
        finally:
            del self._wishing[changed]

    async def answer(self, session: Session, id_: Json, answer: JsonObject) -> None:
        """Take an answer to whoever asked."""
        if isinstance(id_, str):
            mail: JsonObject = {"session": session.number, "id": id_, "answer": answer}
            await self._send(id_.partition(".")[0], mail)

    async def cancel(self, session: Session, request_id: Json) -> None:
        """Take a cancellation to whoever works on the request."""
        await self._send(_EVERYBODY, {"session": session.number, "cancel": request_id})

    async def wish(self, session: Session) -> None:
        """Tell whoever holds the session's stream that it wants something else now."""
        await self._send(_EVERYBODY, {"session": session.number, "wish": True})

    async def run(self) -> None:
        """Take in what comes from other replicas, as long as the process runs."""
        channels = [_CHANNEL + self._name, _CHANNEL + _EVERYBODY]
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as pubsub:
                    await pubsub.subscribe(*channels)
                    while True:
                        got = cast("_Mail", await pubsub.get_message(timeout=_POLL_S))
                        if got is not None:
                            self._take(orjson.loads(got["data"]))
            except REDIS_ERRORS as error:
                _logger.debug("gateway.mail.away", reason=str(error))
                await self._clock.sleep(_RETRY_S)

    async def _send(self, to: str, mail: JsonObject) -> None:
        self._take(mail)
        if to == self._name:
            return
        # Without Redis there is one replica's mail less; the question ends by its own deadline.
        with suppress(*REDIS_ERRORS):
            await self._redis.publish(_CHANNEL + to, orjson.dumps(mail))

    def _take(self, mail: JsonObject) -> None:
        if "wish" in mail:
            for changed, number in self._wishing.items():
                if number == mail["session"]:
                    changed.set()
            return
        if "cancel" in mail:
            task = self._running.get((str(mail["session"]), repr(mail["cancel"])))
            if task is not None:
                task.cancel()
            return
        question = self._questions.get(str(mail.get("id")))
        if question is None or question.session != mail.get("session"):
            return
        if not question.answer.done():
            question.answer.set_result(object_of(mail.get("answer")))
