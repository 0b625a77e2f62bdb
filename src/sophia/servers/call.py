"""The request that a tool, resource or prompt is answering."""

import asyncio
from collections.abc import Mapping
from typing import Any

from mcp.server.connection import allowed_log_levels
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.shared.message import ServerMessageMetadata
from mcp_types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    CreateMessageResult,
    ElicitResult,
    ListRootsResult,
    LoggingLevel,
    LoggingMessageNotification,
    LoggingMessageNotificationParams,
    Root,
    TextContent,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import BaseModel, ValidationError

from sophia.servers import asking
from sophia.servers.asking import Answer, Question, Rounds
from sophia.servers.errors import AnswerUnfitError, ClientMuteError, DeclinedError
from sophia.servers.principal import Principal

ANSWER_TIMEOUT_S = 300  # people answer slowly
LOG_LEVEL = "sophia.log_level"

_LEVELS: tuple[LoggingLevel, ...] = (
    *("debug", "info", "notice", "warning"),
    *("error", "critical", "alert", "emergency"),
)

type Context = ServerRequestContext[Any, Any]


class Call:
    """One request: who asks, how far it is, and what the client is asked in return.

    A client that goes away or cancels ends the call as asyncio ends a task. Whoever asks the client
    must do so before the first effect: a client of 2026-07-28 answers by calling again, and the
    tool then runs from its beginning, past the questions that are answered.
    """

    def __init__(self, context: Context, *, principal: Principal, rounds: Rounds) -> None:
        """Take the request, who sent it and what was answered in its rounds so far."""
        self.principal = principal
        self.deadline: asyncio.Timeout | None = None
        self._context = context
        self._rounds = rounds

    async def progress(
        self, done: float, total: float | None = None, message: str | None = None
    ) -> None:
        """Tell how far it is, if the client wants to know; `done` grows with every telling."""
        await self._context.session.report_progress(done, total, message)

    async def log(self, level: LoggingLevel, message: str) -> None:
        """Tell the client, if it asked for such messages."""
        context = self._context
        wanted = allowed_log_levels(context.protocol_version, context.meta)
        least = connection_of(context).state.get(LOG_LEVEL, "debug")
        if level not in wanted or _LEVELS.index(level) < _LEVELS.index(least):
            return
        await context.session.send_notification(
            LoggingMessageNotification(
                params=LoggingMessageNotificationParams(level=level, data=message)
            ),
            context.request_id,
        )

    def can_ask(self, question: Question) -> bool:
        """Say whether the client can be asked this."""
        needed = asking.capability_for(question)
        is_able = self._context.session.check_client_capability(needed)
        return is_able and (self._is_modern or self._context.session.can_send_request)

    async def ask(self, questions: Mapping[str, Question]) -> dict[str, Answer]:
        """Ask the client several things at once, each under a key of its own."""
        for question in questions.values():
            self._check_able(question)
        if not self._is_modern:
            return {key: await self._asked(question) for key, question in questions.items()}
        found = {key: self._rounds.answer(key, question) for key, question in questions.items()}
        answers = {key: answer for key, answer in found.items() if answer is not None}
        if len(answers) < len(questions):
            open_ = {key: questions[key] for key in questions if key not in answers}
            raise self._rounds.unanswered(open_)
        return answers

    async def ask_person[M: BaseModel](self, key: str, message: str, model: type[M]) -> M:
        """Have a form filled in; raises DeclinedError, AnswerUnfitError, ClientMuteError."""
        answer = (await self.ask({key: asking.form(message, model)}))[key]
        if not isinstance(answer, ElicitResult) or answer.action != "accept":
            raise DeclinedError
        try:
            return model.model_validate(answer.content or {})
        except ValidationError as error:
            wrong = ", ".join(".".join(map(str, one["loc"])) for one in error.errors())
            raise AnswerUnfitError(f"What was filled in does not fit: {wrong}.") from error

    async def ask_model(self, key: str, text: str, *, max_tokens: int) -> str:
        """Have the client's model answer; raises ClientMuteError."""
        answer = (await self.ask({key: asking.prompt(text, max_tokens=max_tokens)}))[key]
        content = answer.content if isinstance(answer, CreateMessageResult) else None
        return content.text if isinstance(content, TextContent) else ""

    async def ask_roots(self, key: str) -> list[Root]:
        """Learn which folders the client works in; raises ClientMuteError."""
        answer = (await self.ask({key: asking.roots()}))[key]
        return list(answer.roots) if isinstance(answer, ListRootsResult) else []

    @property
    def _is_modern(self) -> bool:
        return self._context.protocol_version in MODERN_PROTOCOL_VERSIONS

    def _check_able(self, question: Question) -> None:
        if self.can_ask(question):
            return
        if not self._is_modern:
            raise ClientMuteError
        needed = asking.capability_for(question).model_dump(by_alias=True, exclude_none=True)
        raise MCPError(
            MISSING_REQUIRED_CLIENT_CAPABILITY,
            f"The client must be able to answer {question.method}: declare it and call again.",
            {"requiredCapabilities": needed},
        )

    async def _asked(self, question: Question) -> Answer:
        """Ask over the session; the tool's own time stands still while somebody thinks."""
        loop = asyncio.get_running_loop()
        until = self.deadline.when() if self.deadline else None
        left_s = until - loop.time() if until is not None else 0
        if self.deadline:
            self.deadline.reschedule(None)
        try:
            return await self._context.session.send_request(
                question,
                asking.answer_type(question),
                request_read_timeout_seconds=ANSWER_TIMEOUT_S,
                metadata=ServerMessageMetadata(related_request_id=self._context.request_id),
            )
        finally:
            if self.deadline and until is not None:
                self.deadline.reschedule(loop.time() + left_s)


def connection_of(context: Context) -> Any:
    """Give what outlives a request of a session: the SDK shows it to nobody."""
    return context.session._connection  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
