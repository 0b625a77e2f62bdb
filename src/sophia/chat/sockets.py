"""Conversations over a WebSocket: the same events as SSE, and frames for message, stop, resume."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Annotated, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, WebSocket
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.status import WS_1008_POLICY_VIOLATION
from starlette.websockets import WebSocketDisconnect

from sophia.approvals.routes import Approvals
from sophia.approvals.service import ApprovalService
from sophia.chat import repository
from sophia.chat.errors import ConversationMissingError, TurnMissingError
from sophia.chat.routes import Chat
from sophia.chat.schemas import AgainIn, Attachments, ChatIn, Label, MessageText, Metadata
from sophia.chat.service import ChatService
from sophia.chat.wire import socket_frame
from sophia.core.events import START, Position
from sophia.identity.admission import Admission
from sophia.identity.errors import SessionEndedError
from sophia.identity.guard import ChatWriter, require_scope
from sophia.identity.routes import Identity
from sophia.identity.schemas import Scope, Viewer
from sophia.identity.service import IdentityService
from sophia.kit import metrics, trace
from sophia.kit.errors import SophiaError
from sophia.kit.ids import ConversationId, TurnId
from sophia.kit.invalid import findings
from sophia.stream.entries import Entry

router = APIRouter(prefix="/api/v1")

MAX_FRAME_BYTES = 1024 * 1024
_MAX_TURNS = 8


class _Frame(BaseModel):
    model_config = ConfigDict(extra="forbid")


class MessageFrame(_Frame):
    """Something said."""

    type: Literal["message"]
    message: MessageText
    context: Label = "general"
    model: Label | None = None
    tools: list[Label] | None = Field(None, max_length=200)
    metadata: Metadata | None = None
    after: UUID | None = None
    attachments: Attachments = []


class AgainFrame(_Frame):
    """A turn's message again, or another in its place."""

    type: Literal["again"]
    turn_id: UUID
    message: MessageText | None = None
    model: Label | None = None
    tools: list[Label] | None = Field(None, max_length=200)


class StopFrame(_Frame):
    """Stop a turn, or every turn followed on this socket."""

    type: Literal["stop"]
    turn_id: UUID | None = None


class PingFrame(_Frame):
    """Are you there?"""

    type: Literal["ping"]


class ApprovalFrame(_Frame):
    """Answer a question for approval."""

    type: Literal["approve", "deny"]
    approval_id: UUID


class ResumeFrame(_Frame):
    """Take a turn up again behind the last event seen."""

    type: Literal["resume"]
    turn_id: UUID
    after: Annotated[str, Field(max_length=64)] = "0-0"


type ClientFrame = Annotated[
    MessageFrame | AgainFrame | StopFrame | PingFrame | ApprovalFrame | ResumeFrame,
    Field(discriminator="type"),
]
_FRAMES: TypeAdapter[ClientFrame] = TypeAdapter(ClientFrame)


@router.websocket("/ws/chat/{session_id}")
async def chat_socket(
    websocket: WebSocket,
    viewer: ChatWriter,
    identity: Identity,
    chat: Chat,
    approvals: Approvals,
    session_id: str,
) -> None:
    """Talk in one conversation; `new` begins one with the first message."""
    conversation_id = None if session_id == "new" else _conversation_id(session_id)
    if conversation_id is not None:
        async with chat.database.reading(viewer.user_id) as reader:
            if not await repository.conversation(
                reader, user_id=viewer.user_id, id_=conversation_id
            ):
                raise ConversationMissingError
    protocols = websocket.scope.get("subprotocols", [])
    await websocket.accept(subprotocol="sophia" if "sophia" in protocols else None)
    talk = _Talk(
        websocket, viewer, conversation_id, identity=identity, chat=chat, approvals=approvals
    )
    with metrics.websocket_connections.labels("chat").track_inprogress():
        await talk.run()


class _Talk:
    """One open socket: what it follows, and the conversation that it talks in."""

    def __init__(
        self,
        websocket: WebSocket,
        viewer: Viewer,
        conversation_id: ConversationId | None,
        *,
        identity: IdentityService,
        chat: ChatService,
        approvals: ApprovalService,
    ) -> None:
        self._websocket = websocket
        self._viewer = viewer
        self._admission: Admission = websocket.app.state.admission
        self._identity = identity
        self._chat = chat
        self._approvals = approvals
        self._conversation_id = conversation_id
        self._following: dict[TurnId, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Serve frames until the client leaves; its turns go on without it."""
        try:
            while True:
                message = await self._websocket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                await self._take(message.get("text"))
        except WebSocketDisconnect:
            return
        finally:
            for task in self._following.values():
                task.cancel()

    async def _take(self, text: str | None) -> None:
        """React to one frame; whatever is wrong with it is said and the socket stays open."""
        trace.go_on_with(None)  # what is said now is no part of what was said an hour ago
        if text is None:
            await self._error("socket.frame_not_text", "Send text frames that hold JSON.")
        elif len(text) > MAX_FRAME_BYTES or len(text.encode(errors="replace")) > MAX_FRAME_BYTES:
            await self._error(
                "socket.frame_too_large",
                f"A frame holds at most {MAX_FRAME_BYTES} bytes: send less at once.",
            )
        else:
            try:
                await self._admission.charge(self._websocket, self._viewer)
                frame = _FRAMES.validate_python(orjson.loads(text))
                await self._identity.check_again(self._viewer)
                await self._react(frame)
            except orjson.JSONDecodeError:
                await self._error(
                    "socket.frame_not_json",
                    'That frame is no JSON: send an object such as {"type": "ping"}.',
                )
            except ValidationError as error:
                first = findings(error.errors(include_url=False, include_context=False))[0]
                where = first["where"] or "frame"
                await self._error("socket.frame_invalid", f"{where}: {first['what']}")
            except SessionEndedError as error:
                await self._error(error.code, error.message)
                await self._websocket.close(WS_1008_POLICY_VIOLATION)
            except SophiaError as error:
                await self._error(error.code, error.message)

    async def _react(self, frame: ClientFrame) -> None:
        match frame:
            case PingFrame():
                await self._send({"type": "pong"})
            case MessageFrame() | AgainFrame():
                await self._begin(frame)
            case StopFrame():
                turns = [TurnId(frame.turn_id)] if frame.turn_id else list(self._following)
                for turn_id in turns:
                    await self._chat.stop_turn(self._viewer, turn_id)
            case ResumeFrame():
                await self._resume(TurnId(frame.turn_id), after=Position.parse(frame.after))
            case ApprovalFrame():
                require_scope(self._viewer, Scope.TOOLS_APPROVE)
                await self._approvals.answer(self._viewer, frame.approval_id, decision=frame.type)

    async def _begin(self, frame: MessageFrame | AgainFrame) -> None:
        if len(self._following) >= _MAX_TURNS:
            await self._error("socket.too_many_turns", "Wait for an answer before asking on.")
            return
        if isinstance(frame, AgainFrame):
            again = AgainIn(**frame.model_dump(exclude={"type", "turn_id"}))
            begun = await self._chat.begin_again(self._viewer, TurnId(frame.turn_id), again)
        else:
            said = frame.model_dump(exclude={"type"})
            request = ChatIn(session_id=self._conversation_id, **said)
            begun = await self._chat.begin_turn(self._viewer, request)
        self._conversation_id = begun.conversation_id
        await self._send(
            {
                "type": "turn.accepted",
                "turn_id": str(begun.turn_id),
                "session_id": str(begun.conversation_id),
            }
        )
        self._follow(begun.turn_id, after=START)

    async def _resume(self, turn_id: TurnId, *, after: Position) -> None:
        async with self._chat.database.reading(self._viewer.user_id) as reader:
            turn = await repository.turn(reader, user_id=self._viewer.user_id, id_=turn_id)
        if turn is None:
            raise TurnMissingError
        self._follow(turn_id, after=after, has_ended=turn["status"] in repository.ENDED)

    def _follow(self, turn_id: TurnId, *, after: Position, has_ended: bool = False) -> None:
        if (earlier := self._following.pop(turn_id, None)) is not None:
            earlier.cancel()
        events = self._chat.follower.follow(
            turn_id, user_id=self._viewer.user_id, after=after, has_ended=has_ended
        )
        task = asyncio.create_task(self._relay(events))
        self._following[turn_id] = task
        task.add_done_callback(lambda done: self._forget(turn_id, done))

    def _forget(self, turn_id: TurnId, task: asyncio.Task[None]) -> None:
        if self._following.get(turn_id) is task:
            del self._following[turn_id]

    async def _relay(self, events: AsyncGenerator[Sequence[Entry]]) -> None:
        try:
            async with aclosing(events) as batches:
                async for batch in batches:
                    for entry in batch:
                        await self._websocket.send_text(socket_frame(entry))
        except SophiaError as error:
            await self._error(error.code, error.message)
        except WebSocketDisconnect:
            return

    async def _error(self, code: str, message: str) -> None:
        await self._send({"type": "error", "code": code, "message": message})

    async def _send(self, frame: dict[str, str]) -> None:
        await self._websocket.send_text(orjson.dumps(frame).decode())


def _conversation_id(text: str) -> ConversationId:
    try:
        return ConversationId(UUID(text))
    except ValueError as error:
        raise ConversationMissingError from error
