"""One call of a model, the same for every dialect: send, read, assemble, measure."""

from collections.abc import AsyncGenerator
from typing import Protocol

import aiohttp

from sophia.core.failures import ModelFailedError, ModelRefusedError
from sophia.core.messages import AssistantMessage, ModelEvent, ModelRequest
from sophia.kit import log
from sophia.llm.concessions import Concessions
from sophia.llm.deadlines import Countdown
from sophia.llm.draft import Draft
from sophia.llm.meter import Meter
from sophia.llm.provider import Provider
from sophia.llm.reading import EventReader, cut, read_whole

_AFTER_FINISH_S = 2.0  # for what may follow the finish: figures, [DONE]

_log = log.get("llm")


class Dialect(Protocol):
    """How one kind of provider is spoken to."""

    @property
    def url(self) -> str:
        """Give the address of the call."""
        ...

    @property
    def headers(self) -> dict[str, str]:
        """Give the headers of the call."""
        ...

    @property
    def concessions(self) -> Concessions:
        """Give what the server turned out not to take."""
        ...

    def encode(self, request: ModelRequest) -> bytes:
        """Write the body of the call; raises ToolNameInvalidError."""
        ...

    def take(self, data: bytes, draft: Draft) -> None:
        """Read one event into the draft; raises ModelFailedError."""
        ...

    def take_whole(self, data: bytes, draft: Draft) -> None:
        """Read an answer that came as one document into the draft; raises ModelFailedError."""
        ...


async def converse(
    provider: Provider, dialect: Dialect, request: ModelRequest, *, model: str
) -> AsyncGenerator[ModelEvent]:
    """Yield the chunks of a reply and, last, the ModelReply; closing it closes the connection."""
    with Meter(provider=provider.name, model=model, clock=provider.clock) as meter:
        countdown = provider.deadlines.start()
        response, sent_bytes = await _send(provider, dialect, request, countdown)
        try:
            draft = Draft()
            reader = EventReader(response, countdown)
            if response.content_type == "application/json":
                dialect.take_whole(await read_whole(response, countdown), draft)
            else:
                _require_event_stream(response, provider)
            while not draft.is_done:
                failure = await _advance(reader, dialect, draft)
                for chunk in draft.take_chunks():
                    meter.note_chunk()
                    yield chunk
                if failure is not None:
                    raise failure
            for chunk in draft.take_chunks():
                meter.note_chunk()
                yield chunk
            reply = draft.reply(sent_bytes=sent_bytes, taken_ids=_ids(request))
            meter.succeed(reply.usage)
            yield reply
            await reader.drain()
        finally:
            response.close()  # without effect where the answer was read to its end


async def _send(
    provider: Provider, dialect: Dialect, request: ModelRequest, countdown: Countdown
) -> tuple[aiohttp.ClientResponse, int]:
    """Send the request, and again without the fields that the server refuses."""
    while True:
        granted = dialect.concessions.granted
        body = dialect.encode(request)
        try:
            response = await provider.post(
                dialect.url, body=body, headers=dialect.headers, countdown=countdown
            )
        except ModelRefusedError as refusal:
            fields = dialect.concessions.learn(refusal.message)
            if not fields - granted:
                raise
            _log.warning(
                "llm.field.refused",
                provider=provider.name,
                fields=sorted(fields),
                message=refusal.message,
            )
        else:
            return response, len(body)


async def _advance(reader: EventReader, dialect: Dialect, draft: Draft) -> ModelFailedError | None:
    """Read on. A failure is given, not raised, so that what was said before it is not lost."""
    at_most_s = None if draft.finish is None else _AFTER_FINISH_S
    try:
        events = await reader.read(at_most_s=at_most_s)
        for data in events:
            dialect.take(data, draft)
            if draft.is_done:
                return None
    except ModelFailedError as failure:
        if draft.finish is None:
            return failure
        draft.is_done = True  # whole: only what comes after the finish is missing
        return None
    if not events:
        if draft.finish is None:
            return cut()
        draft.is_done = True
    return None


def _require_event_stream(response: aiohttp.ClientResponse, provider: Provider) -> None:
    if response.content_type != "text/event-stream":
        raise ModelFailedError(
            f"{provider.name} answered with {response.content_type[:100]} instead of a stream of "
            "events: check its base URL.",
            provider=provider.name,
        )


def _ids(request: ModelRequest) -> set[str]:
    return {
        call.id
        for message in request.messages
        if isinstance(message, AssistantMessage)
        for call in message.calls
    }
