"""The metrics of one call of a model."""

import asyncio
from types import TracebackType
from typing import Self

from sophia.core.messages import Usage
from sophia.kit import metrics
from sophia.kit.clock import Clock
from sophia.kit.errors import SophiaError

_OPERATION = "chat"


class Meter:
    """Measures a call from its beginning to its reply or its failure."""

    def __init__(self, *, provider: str, model: str, clock: Clock) -> None:
        """Name the call by labels that come from configuration."""
        self._provider = provider
        self._model = model
        self._clock = clock
        self._began = clock.monotonic()
        self._has_chunk = False
        self._is_over = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc is not None and not self._is_over:
            self._end(_error_type(exc))

    def note_chunk(self) -> None:
        """Note the time to the first chunk, once."""
        if not self._has_chunk:
            self._has_chunk = True
            elapsed = self._clock.monotonic() - self._began
            metrics.model_time_to_first_chunk.labels(
                _OPERATION, self._provider, self._model, ""
            ).observe(elapsed)

    def succeed(self, usage: Usage) -> None:
        """Note the whole reply."""
        self._end("")
        for token_type, tokens in (("input", usage.input_tokens), ("output", usage.output_tokens)):
            metrics.model_token_usage.labels(
                _OPERATION, self._provider, self._model, "", token_type
            ).observe(tokens)

    def _end(self, error_type: str) -> None:
        self._is_over = True
        elapsed = self._clock.monotonic() - self._began
        metrics.model_operation_duration.labels(
            _OPERATION, self._provider, self._model, error_type
        ).observe(elapsed)


def _error_type(error: BaseException) -> str:
    if isinstance(error, SophiaError):
        return error.code
    if isinstance(error, GeneratorExit | asyncio.CancelledError):
        return "stopped"
    return type(error).__name__
