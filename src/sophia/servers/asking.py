"""What a server asks its client in the middle of a request, and what was answered before.

A client of 2026-07-28 is asked by an answer: the tool ends, the client calls again with what it
found out, and the tool runs from its beginning. What was answered in earlier rounds comes back in
the request's sealed state, together with a digest of each question: an answer counts for the
question that was put, not for another one under the same key.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, cast

import orjson
from mcp_types import (
    ClientCapabilities,
    CreateMessageRequest,
    CreateMessageRequestParams,
    CreateMessageResult,
    CreateMessageResultWithTools,
    ElicitationCapability,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequiredResult,
    ListRootsRequest,
    ListRootsResult,
    RootsCapability,
    SamplingCapability,
    SamplingMessage,
    TextContent,
)
from pydantic import BaseModel

from sophia.servers.arguments import schema_of

type Question = ElicitRequest | CreateMessageRequest | ListRootsRequest
type Answer = ElicitResult | CreateMessageResult | CreateMessageResultWithTools | ListRootsResult


def form(message: str, model: type[BaseModel]) -> ElicitRequest:
    """Ask the person to fill in a form: the model's fields, each a text, number, yes or choice."""
    return ElicitRequest(
        params=ElicitRequestFormParams(message=message, requested_schema=schema_of(model))
    )


def prompt(text: str, *, max_tokens: int) -> CreateMessageRequest:
    """Ask the client's model."""
    said = SamplingMessage(role="user", content=TextContent(type="text", text=text))
    return CreateMessageRequest(
        params=CreateMessageRequestParams(messages=[said], max_tokens=max_tokens)
    )


def roots() -> ListRootsRequest:
    """Ask which folders the client works in."""
    return ListRootsRequest()


def capability_for(question: Question) -> ClientCapabilities:
    """Say what a client must be able to do to answer."""
    match question:
        case ElicitRequest():
            return ClientCapabilities(elicitation=ElicitationCapability())
        case CreateMessageRequest():
            return ClientCapabilities(sampling=SamplingCapability())
        case ListRootsRequest():
            return ClientCapabilities(roots=RootsCapability())


def answer_type(question: Question) -> type[ElicitResult | CreateMessageResult | ListRootsResult]:
    """Say what kind of answer fits."""
    match question:
        case ElicitRequest():
            return ElicitResult
        case CreateMessageRequest():
            return CreateMessageResult
        case ListRootsRequest():
            return ListRootsResult


class Unanswered(Exception):  # noqa: N818 - no error: the client is asked and calls again
    """Ends a round: what the client is to find out before it calls again."""

    def __init__(self, result: InputRequiredResult) -> None:
        """Take what the client is told."""
        super().__init__("the client is asked")
        self.result = result


class Rounds:
    """The questions and answers of this request's rounds so far."""

    def __init__(self, given: Mapping[str, Answer] | None, *, state: str | None) -> None:
        """Take the answers that came with the request, and the state of the rounds before."""
        self._given = given or {}
        self._has_state = state is not None
        kept = cast("Mapping[str, Any]", orjson.loads(state or "{}"))
        self._asked: dict[str, str] = dict(kept.get("asked", {}))
        self._answered: dict[str, Any] = dict(kept.get("answered", {}))

    def answer(self, key: str, question: Question) -> Answer | None:
        """Give the answer to a question, if it was put and answered."""
        expected, digest = answer_type(question), _digest(question)
        # Without a state nothing was put: the client answers what it knows we would ask.
        if self._has_state and self._asked.get(key) != digest:
            return None
        if key in self._answered:
            return expected.model_validate(self._answered[key])
        given = self._given.get(key)
        if not isinstance(given, expected):
            return None
        self._asked[key] = digest
        self._answered[key] = given.model_dump(mode="json", by_alias=True, exclude_none=True)
        return given

    def unanswered(self, questions: Mapping[str, Question]) -> Unanswered:
        """Put questions to the client, and keep what it has answered already."""
        asked = self._asked | {key: _digest(question) for key, question in questions.items()}
        state = orjson.dumps({"asked": asked, "answered": self._answered}).decode()
        return Unanswered(InputRequiredResult(input_requests=dict(questions), request_state=state))


def _digest(question: Question) -> str:
    written = question.model_dump_json(by_alias=True, exclude_none=True)
    return hashlib.sha256(written.encode()).hexdigest()[:32]
