"""What answers when the default model cannot."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace

from sophia.core.failures import ModelFailedError
from sophia.core.messages import ModelEvent, ModelReply, ModelRequest, TextChunk
from sophia.core.ports import Model
from sophia.kit import log, metrics
from sophia.kit.errors import Kind

_DOWN = frozenset({Kind.UNAVAILABLE, Kind.TIMEOUT, Kind.EXHAUSTED})

_log = log.get("llm")


@dataclass(frozen=True, slots=True)
class WithFallback:
    """A model whose place another takes, and says so, while its provider is down.

    Only a call of which nothing was seen yet is taken over. A refusal (a wrong key, a request that
    is too long) is no outage: it is raised, for somebody must put it right.
    """

    model: Model
    fallback: Model
    provider: str

    @property
    def name(self) -> str:
        """Give the name of the model that was asked for."""
        return self.model.name

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        """Yield what the model says, else what the fallback says, told as such."""
        is_silent = True
        try:
            async with aclosing(self.model.stream(request)) as events:
                async for event in events:
                    is_silent = False
                    yield event
        except ModelFailedError as error:
            if not is_silent or error.kind not in _DOWN:
                raise
            failure = error
        else:
            return
        _log.warning("llm.model.replaced", model=self.model.name, reason=failure.message)
        metrics.model_fallbacks.labels(self.provider, failure.code).inc()
        notice = (
            f"*{self.model.name} cannot answer now ({failure.message.rstrip('.')}), "
            f"so {self.fallback.name} does.*\n\n"
        )
        said = ""
        async with aclosing(self.fallback.stream(request)) as events:
            async for event in events:
                match event:
                    case TextChunk() if notice:
                        yield TextChunk(notice + event.text)
                        notice, said = "", notice
                    case ModelReply() if not notice:
                        message = replace(event.message, text=said + event.message.text)
                        yield replace(event, message=message)
                    case _:
                        yield event
