"""What people do with conversations: begin, rename, delete, ask, stop."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy.exc import IntegrityError

from sophia.chat import repository
from sophia.chat.errors import (
    ConversationMissingError,
    IdempotencyKeyReusedError,
    ToolUnknownError,
    TurnMissingError,
    TurnStillRunningError,
)
from sophia.chat.following import Follower
from sophia.chat.schemas import AgainIn, ChatIn
from sophia.core.messages import ToolSpec
from sophia.dispatch.port import TurnQueue
from sophia.dispatch.signals import STOPPED, Signals
from sophia.identity.schemas import Viewer
from sophia.kit import metrics
from sophia.kit.clock import Clock
from sophia.kit.ids import ConversationId, TurnId, uuid7
from sophia.store.user_database import UserDatabase

_TITLE_CHARS = 60


@dataclass(frozen=True, slots=True)
class Begun:
    """A turn that was accepted, now or by an earlier request with the same key."""

    turn_id: TurnId
    conversation_id: ConversationId
    is_replay: bool = False


@dataclass(frozen=True, slots=True)
class ChatService:
    """Conversations and turns of the users; running the turns is the worker's."""

    database: UserDatabase
    queue: TurnQueue
    signals: Signals
    follower: Follower
    check_model: Callable[[str | None], object]
    list_tools: Callable[[], Awaitable[Sequence[ToolSpec]]]
    clock: Clock

    async def begin_turn(
        self,
        viewer: Viewer,
        request: ChatIn,
        *,
        idempotency_key: str | None = None,
        instead_of: TurnId | None = None,
    ) -> Begun:
        """Store the message and its turn, then let a worker know.

        It follows on the turn that `request.after` names, else on the newest one, or stands beside
        the one that it is said `instead_of`. Raises ConversationMissingError, TurnMissingError,
        IdempotencyKeyReusedError, ToolUnknownError, TurnStillRunningError and what `check_model`
        raises.
        """
        self.check_model(request.model)
        await self._check_tools(request.tools or ())
        fingerprint = _fingerprint(request, instead_of=instead_of) if idempotency_key else None
        if idempotency_key is not None:
            earlier = await self._earlier(viewer, idempotency_key, fingerprint)
            if earlier is not None:
                return earlier
        turn_id = TurnId(uuid7())
        conversation_id = ConversationId(request.session_id or uuid7())
        draft = repository.TurnDraft(
            id=turn_id,
            conversation_id=conversation_id,
            user_id=viewer.user_id,
            user_name=viewer.name,
            title=_title(request.message),
            message=request.message,
            context=request.context,
            request={
                "tools": request.tools,
                "metadata": request.metadata,
                "api_key_id": str(viewer.api_key_id) if viewer.api_key_id else None,
            },
            model=request.model,
            idempotency_key=idempotency_key,
            fingerprint=fingerprint,
            now=self.clock.now(),
            after=None if request.after is None else TurnId(request.after),
            instead_of=instead_of,
        )
        begins = request.session_id is None
        write = self.database.single_write if begins else self.database.transaction
        try:
            async with write(viewer.user_id) as writer:
                is_stored = await repository.begin_turn(writer, draft, begins_conversation=begins)
        except IntegrityError as error:
            # Two requests with one key at the same time: the other one was first.
            if idempotency_key is not None:
                earlier = await self._earlier(viewer, idempotency_key, fingerprint)
                if earlier is not None:
                    return earlier
            raise TurnStillRunningError from error
        if not is_stored:
            raise ConversationMissingError if request.after is None else TurnMissingError
        await self.queue.offer(turn_id)
        return Begun(turn_id, conversation_id)

    async def begin_again(
        self,
        viewer: Viewer,
        turn_id: TurnId,
        request: AgainIn,
        *,
        idempotency_key: str | None = None,
    ) -> Begun:
        """Say a turn's message again, or another one in its place; raises as `begin_turn` does."""
        async with self.database.reading(viewer.user_id) as reader:
            row = await repository.turn(reader, user_id=viewer.user_id, id_=turn_id)
        if row is None:
            raise TurnMissingError
        return await self.begin_turn(
            viewer,
            ChatIn(
                message=request.message or row["message"],
                session_id=row["conversation_id"],
                context=row["context"],
                model=request.model,
                tools=request.tools,
            ),
            idempotency_key=idempotency_key,
            instead_of=turn_id,
        )

    async def stop_turn(self, viewer: Viewer, turn_id: TurnId) -> None:
        """Ask whoever runs the turn to stop; raises TurnMissingError."""
        async with self.database.single_write(viewer.user_id) as writer:
            status = await repository.request_stop(writer, user_id=viewer.user_id, turn_id=turn_id)
        if status is None:
            raise TurnMissingError
        if status in {"queued", "running"}:
            await self.signals.send(STOPPED, turn_id)
        if status == "queued":
            await self.queue.offer(turn_id)

    async def begin_conversation(self, viewer: Viewer, id_: ConversationId, *, title: str) -> None:
        """Store an empty conversation, unless it is there."""
        async with self.database.single_write(viewer.user_id) as writer:
            await repository.add_conversation(
                writer, id_=id_, user_id=viewer.user_id, title=title, now=self.clock.now()
            )

    async def rename_conversation(self, viewer: Viewer, id_: ConversationId, *, title: str) -> None:
        """Set a conversation's title; raises ConversationMissingError."""
        async with self.database.single_write(viewer.user_id) as writer:
            if not await repository.rename_conversation(
                writer, user_id=viewer.user_id, id_=id_, title=title
            ):
                raise ConversationMissingError

    async def delete_conversation(self, viewer: Viewer, id_: ConversationId) -> None:
        """Stop what runs in a conversation and delete it; raises ConversationMissingError."""
        async with self.database.transaction(viewer.user_id) as writer:
            running = await repository.open_turns(writer, id_=id_)
            if not await repository.delete_conversation(writer, user_id=viewer.user_id, id_=id_):
                raise ConversationMissingError
        for turn_id in running:
            await self.signals.send(STOPPED, turn_id)

    async def _check_tools(self, names: Sequence[str]) -> None:
        if not names:
            return
        known = {tool.name for tool in await self.list_tools()}
        unknown = [name for name in names if name not in known]
        if unknown:
            raise ToolUnknownError(
                f"There is no tool {unknown[0]!r} now: GET /api/v1/tools lists those there are.",
                tool=unknown[0],
            )

    async def _earlier(self, viewer: Viewer, key: str, fingerprint: str | None) -> Begun | None:
        """Give the turn that this key began, if it has ended and asked the same."""
        async with self.database.reading(viewer.user_id) as reader:
            row = await repository.turn_by_key(reader, user_id=viewer.user_id, key=key)
        if row is None:
            metrics.idempotency.labels("new").inc()
            return None
        if row["fingerprint"] != fingerprint:
            metrics.idempotency.labels("conflict").inc()
            raise IdempotencyKeyReusedError
        if row["status"] not in repository.ENDED:
            metrics.idempotency.labels("in_progress").inc()
            raise TurnStillRunningError(
                turn_id=str(row["id"]), session_id=str(row["conversation_id"])
            )
        metrics.idempotency.labels("replay").inc()
        return Begun(TurnId(row["id"]), ConversationId(row["conversation_id"]), is_replay=True)


def _fingerprint(request: ChatIn, *, instead_of: TurnId | None) -> str:
    """Give the hash of what was asked; how the answer travels does not matter."""
    asked = request.model_dump(mode="json", exclude={"stream", "user_id"})
    asked["instead_of"] = str(instead_of)
    return hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _title(message: str) -> str:
    """Give the first line of a message, cut at a word."""
    line = message.strip().split("\n", 1)[0].strip()
    if len(line) <= _TITLE_CHARS:
        return line
    return line[:_TITLE_CHARS].rsplit(" ", 1)[0] + "…"
