"""What people do with conversations: begin, rename, delete, ask, stop."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson
from sqlalchemy.exc import IntegrityError

from sophia.attachments import repository as attachments
from sophia.attachments.errors import AttachmentMissingError
from sophia.audit.journal import record
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
from sophia.chat.titles import first_words
from sophia.core.messages import ToolSpec
from sophia.dispatch.port import TurnQueue
from sophia.dispatch.signals import STOPPED, Signals
from sophia.identity.deeds import deed
from sophia.identity.schemas import Viewer
from sophia.kit import metrics, trace
from sophia.kit.clock import Clock
from sophia.kit.ids import ConversationId, TurnId, uuid7
from sophia.memory.repository import leave_conversation
from sophia.store.database import Writer
from sophia.store.user_database import UserDatabase

_STOP_WITHIN_S = 2.0
_STOP_POLL_S = 0.05


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
    check_files: Callable[[str | None, bool], None]
    list_tools: Callable[[], Awaitable[Sequence[ToolSpec]]]
    drop_streams: Callable[[Sequence[TurnId]], Awaitable[None]]
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
        await self.check(model=request.model, tools=request.tools)
        await self._check_files(viewer, request)
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
            title=first_words(request.message),
            message=request.message,
            context=request.context,
            request={
                "tools": request.tools,
                "metadata": request.metadata,
                "api_key_id": str(viewer.api_key_id) if viewer.api_key_id else None,
                "trace_id": trace.current(),
            },
            model=request.model,
            idempotency_key=idempotency_key,
            fingerprint=fingerprint,
            now=self.clock.now(),
            after=None if request.after is None else TurnId(request.after),
            instead_of=instead_of,
        )
        begins = request.session_id is None
        is_single = begins and not request.attachments
        write = self.database.single_write if is_single else self.database.transaction
        try:
            async with write(viewer.user_id) as writer:
                is_stored = await repository.begin_turn(writer, draft, begins_conversation=begins)
                if is_stored and request.attachments:
                    await self._attach(writer, viewer, turn_id, request.attachments)
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
                attachments=[one["attachment_id"] for one in row["attachments"] or ()],
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

    async def begin_conversation(
        self, viewer: Viewer, id_: ConversationId, *, title: str | None
    ) -> None:
        """Store an empty conversation, unless it is there; its first message may name it."""
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
        """Stop what runs in a conversation, then delete all there is of it.

        Raises ConversationMissingError.
        """
        await self._stop_all(viewer, id_)
        async with self.database.transaction(viewer.user_id) as writer:
            files = await attachments.of_conversation(
                writer, user_id=viewer.user_id, conversation_id=id_
            )
            turns = await repository.delete_conversation(writer, user_id=viewer.user_id, id_=id_)
            if turns is None:
                raise ConversationMissingError
            await attachments.remove_unused(writer, files, user_id=viewer.user_id)
            await leave_conversation(writer, owner=str(viewer.user_id), conversation=str(id_))
            await record(writer, deed(viewer, "conversation.delete", target=id_))
        await self.drop_streams(turns)

    async def _stop_all(self, viewer: Viewer, id_: ConversationId) -> None:
        """Stop the turns of a conversation that run, and wait a moment for their workers.

        A worker that does not hear it in time finds its turn gone at its next step.
        """
        deadline_s = self.clock.monotonic() + _STOP_WITHIN_S
        stopped: set[TurnId] = set()
        while self.clock.monotonic() < deadline_s:
            async with self.database.reading(viewer.user_id) as reader:
                running = await repository.running_turns(reader, user_id=viewer.user_id, id_=id_)
            if not running:
                return
            for turn_id in set(running) - stopped:
                await self.stop_turn(viewer, turn_id)
            stopped |= set(running)
            await self.clock.sleep(_STOP_POLL_S)

    async def _check_files(self, viewer: Viewer, request: ChatIn) -> None:
        if not request.attachments:
            return
        async with self.database.reading(viewer.user_id) as reader:
            types = await attachments.media_types(
                reader, request.attachments, user_id=viewer.user_id
            )
        if len(types) < len(set(request.attachments)):
            raise AttachmentMissingError
        self.check_files(request.model, any(one.startswith("image/") for one in types))

    async def _attach(
        self, writer: Writer, viewer: Viewer, turn_id: TurnId, ids: Sequence[UUID]
    ) -> None:
        wanted = list(dict.fromkeys(ids))
        if not await attachments.attach(writer, wanted, user_id=viewer.user_id, turn_id=turn_id):
            raise AttachmentMissingError

    async def check(self, *, model: str | None, tools: Sequence[str] | None) -> None:
        """Refuse a model or tools that are not there; raises ToolUnknownError, ModelUnknownError.

        Nothing given means what there is when the turn runs.
        """
        self.check_model(model)
        if not tools:
            return
        known = {tool.name for tool in await self.list_tools()}
        unknown = [name for name in tools if name not in known]
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
    if not request.attachments:
        del asked["attachments"]  # as before there were any: keys outlive an upgrade
    return hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).hexdigest()
