"""The older era (until 2025-11-25): a handshake, sessions, and questions to the client on a stream.

Everything else is the newer era's: a request is put into its words, handed on, and the answer put
back into the older ones.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from mcp_types import INVALID_PARAMS, LOG_LEVEL_META_KEY
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, LATEST_HANDSHAKE_VERSION

from sophia.core.messages import Json, JsonObject, object_of
from sophia.gateway import rpc
from sophia.gateway.errors import RpcFaultError, SessionUnknownError
from sophia.gateway.mailbox import Mailbox
from sophia.gateway.outlet import Outlet
from sophia.gateway.relay import SERVER_INFO, Relay, about
from sophia.gateway.rpc import Incoming, Note, Reply
from sophia.gateway.sessions import MAX_SUBSCRIPTIONS, Session, Sessions, Wishes
from sophia.identity.schemas import Viewer

_MAX_ROUNDS = 10
_ANSWER_WITHIN_S = 300.0
# Word of a change can be lost with a Redis that goes away.
_LOOK_EVERY_S = 30.0
_LEVELS = frozenset(
    {"debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"}
)
# What only the newer era says of an answer.
_NEWER = frozenset({"resultType", "ttlMs", "cacheScope"})


@dataclass(frozen=True, slots=True)
class Guest:
    """Who calls, behind which door, in which session if any."""

    viewer: Viewer
    server: str | None
    session: Session | None = None
    wishes: Wishes = field(default_factory=Wishes)


class Handshakes:
    """Serves clients of the older era."""

    def __init__(self, relay: Relay, sessions: Sessions, mailbox: Mailbox) -> None:
        """Take what answers, and what knows of sessions."""
        self._relay = relay
        self.sessions = sessions
        self._mailbox = mailbox

    async def guest(self, viewer: Viewer, server: str | None, session_id: str | None) -> Guest:
        """Say who calls; raises SessionUnknownError."""
        if session_id is None:
            return Guest(viewer, server)
        session = self.sessions.find(session_id, viewer)
        return Guest(viewer, server, session, await self.sessions.wishes(session))

    async def initialize(self, incoming: Incoming, guest: Guest) -> tuple[JsonObject, str]:
        """Give what is behind the door, and the id of a new session; raises RpcFaultError."""
        asked = incoming.text("protocolVersion")
        version = asked if asked in HANDSHAKE_PROTOCOL_VERSIONS else LATEST_HANDSHAKE_VERSION
        capabilities = incoming.params.get("capabilities")
        if not isinstance(capabilities, Mapping):
            raise RpcFaultError.of(INVALID_PARAMS, "params.capabilities must be an object.")
        told = about(await self._relay.door(guest.server))
        session_id = self.sessions.open(guest.viewer, version=version, capabilities=capabilities)
        return {"protocolVersion": version, "serverInfo": SERVER_INFO, **told}, session_id

    async def note(self, note: Note, guest: Guest) -> None:
        """Take a notification."""
        if note.method == "notifications/cancelled" and guest.session is not None:
            await self._mailbox.cancel(guest.session, note.params.get("requestId"))

    async def reply(self, reply: Reply, guest: Guest) -> None:
        """Take the answer to a question."""
        if guest.session is not None:
            await self._mailbox.answer(guest.session, reply.id, reply.answer)

    async def end(self, session: Session) -> None:
        """End a session, and with it its stream, whichever replica holds it."""
        await self.sessions.end(session)
        await self._mailbox.wish(session)

    async def subscriptions(self, session: Session) -> AsyncGenerator[frozenset[str]]:
        """Yield the resources of a session, now and whenever they change, until it ends."""
        known: frozenset[str] | None = None
        async with self._mailbox.wishing(session) as changed:
            while True:
                changed.clear()
                try:
                    uris = (await self.sessions.wishes(session)).uris
                except SessionUnknownError:
                    return
                if uris != known:
                    known = uris
                    yield uris
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_EVERY_S):
                        await changed.wait()

    async def answer(self, incoming: Incoming, guest: Guest, outlet: Outlet) -> JsonObject:
        """Answer a request; raises RpcFaultError."""
        session = guest.session
        match incoming.method:
            case "ping":
                return {}
            case "logging/setLevel":
                level = incoming.text("level")
                if level not in _LEVELS:
                    raise RpcFaultError.of(INVALID_PARAMS, f"There is no level {level[:20]!r}.")
                if session is not None:
                    await self.sessions.set_level(session, level)
                return {}
            case "resources/subscribe" | "resources/unsubscribe" if session is not None:
                return await self._subscribe(incoming, guest, session)
            case _ if session is None:
                return await self._handed_on(incoming, guest, outlet)
            case _:
                async with self._mailbox.cancellable(session, incoming.id):
                    return await self._handed_on(incoming, guest, outlet)

    async def _subscribe(self, incoming: Incoming, guest: Guest, session: Session) -> JsonObject:
        uri = incoming.text("uri")
        (await self._relay.door(guest.server)).owner_of(uri)
        if incoming.method == "resources/unsubscribe":
            await self.sessions.unsubscribe(session, uri)
        elif len(guest.wishes.uris) >= MAX_SUBSCRIPTIONS:
            raise RpcFaultError.of(
                INVALID_PARAMS, f"More than {MAX_SUBSCRIPTIONS} subscriptions: end some first."
            )
        else:
            await self.sessions.subscribe(session, uri)
        await self._mailbox.wish(session)
        return {}

    async def _handed_on(self, incoming: Incoming, guest: Guest, outlet: Outlet) -> JsonObject:
        asked = _in_newer_words(incoming, guest)
        for _ in range(_MAX_ROUNDS):
            result = await self._relay.answer(
                asked, server=guest.server, viewer=guest.viewer, notify=outlet.tell
            )
            if result.get("resultType") != "input_required":
                return _in_older_words(result)
            asked = replace(asked, params=await self._answered(asked, result, guest, outlet))
        raise RpcFaultError.of(INVALID_PARAMS, f"More than {_MAX_ROUNDS} rounds of questions.")

    async def _answered(
        self, asked: Incoming, result: JsonObject, guest: Guest, outlet: Outlet
    ) -> JsonObject:
        """Ask the client what a server wants to know; gives the params to ask the server again."""
        responses: dict[str, Json] = {
            key: await self._ask(object_of(question), guest, outlet)
            for key, question in object_of(result.get("inputRequests")).items()
        }
        params = {**asked.params, "inputResponses": responses}
        params.pop("requestState", None)
        if (state := result.get("requestState")) is not None:
            params["requestState"] = state
        return params

    async def _ask(self, question: JsonObject, guest: Guest, outlet: Outlet) -> Json:
        if guest.session is None:
            raise RpcFaultError.of(
                INVALID_PARAMS, "The tool wants to ask its user: that needs a session."
            )
        method = str(question.get("method"))
        async with self._mailbox.question(guest.session) as asked:
            params = object_of(question.get("params"))
            await outlet.send(rpc.request_body(asked.id, method, params))
            try:
                async with asyncio.timeout(_ANSWER_WITHIN_S):
                    answer = await asked.answer
            except TimeoutError as error:
                raise RpcFaultError.of(
                    INVALID_PARAMS, f"No answer to {method} within {_ANSWER_WITHIN_S:g} s."
                ) from error
        if "result" not in answer:
            told = answer.get("error")
            raise RpcFaultError.of(INVALID_PARAMS, f"The client refused {method}: {told}")
        return answer["result"]


def _in_newer_words(incoming: Incoming, guest: Guest) -> Incoming:
    meta = {**incoming.own_meta, LOG_LEVEL_META_KEY: guest.wishes.level or "info"}
    return replace(
        incoming,
        params={**incoming.params, "_meta": meta},
        capabilities=guest.session.capabilities if guest.session else {},
    )


def _in_older_words(result: JsonObject) -> JsonObject:
    older = {name: value for name, value in result.items() if name not in _NEWER}
    if not isinstance(older.get("structuredContent"), Mapping | None):
        del older["structuredContent"]  # an object, in the older era
    return older
