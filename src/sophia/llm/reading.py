"""Reading a provider's answer: events as they arrive, or one JSON document."""

from contextlib import suppress
from typing import Any, cast

import aiohttp
import orjson

from sophia.core.failures import ModelFailedError
from sophia.kit.sse import SseParser
from sophia.llm.deadlines import Countdown

MAX_REPLY_BYTES = 16 << 20
_DRAIN_S = 0.1


class EventReader:
    """Gives the data of events, one list for each read of the connection."""

    def __init__(self, response: aiohttp.ClientResponse, countdown: Countdown) -> None:
        """Read from where the headers end."""
        self._content = response.content
        self._countdown = countdown
        self._parser = SseParser()
        self._read_bytes = 0

    async def read(self, *, at_most_s: float | None = None) -> list[bytes]:
        """Give the next events; none at the end of the stream.

        Raises ModelTimeoutError at a deadline, ModelFailedError when the connection breaks.
        """
        while True:
            if self._parser.failure is not None:
                raise ModelFailedError(f"The model provider {self._parser.failure}.")
            data = await self._read_some(at_most_s)
            events = self._parser.feed(data) if data else self._parser.flush()
            if events:
                self._countdown.note_chunk()
                return events
            if not data and self._parser.failure is None:
                return []

    async def drain(self) -> None:
        """Read to the end, so that the connection can serve again; one that lingers is dropped."""
        with suppress(ModelFailedError):
            while not self._content.at_eof():
                await self._read_some(_DRAIN_S)

    async def _read_some(self, at_most_s: float | None) -> bytes:
        try:
            data = self._content.read_nowait()
            if not data:
                async with self._countdown.limit(at_most_s=at_most_s):
                    data = await self._content.readany()
        except aiohttp.ClientError as error:
            raise cut() from error
        except TimeoutError as error:
            raise self._countdown.failure() from error
        except OSError as error:
            raise cut() from error
        self._read_bytes += len(data)
        if self._read_bytes > MAX_REPLY_BYTES:
            raise ModelFailedError(f"The model's reply is longer than {MAX_REPLY_BYTES} bytes.")
        return data


def cut() -> ModelFailedError:
    """Give the error for an answer that ends before it is complete."""
    return ModelFailedError("The model's answer was cut off in the middle.")


async def read_whole(response: aiohttp.ClientResponse, countdown: Countdown) -> bytes:
    """Give the whole body of an answer that is no stream."""
    body = bytearray()
    try:
        async with countdown.limit_to_total():
            async for piece in response.content.iter_any():
                body += piece
                if len(body) > MAX_REPLY_BYTES:
                    raise ModelFailedError(
                        f"The model's reply is longer than {MAX_REPLY_BYTES} bytes."
                    )
    except aiohttp.ClientError as error:
        raise cut() from error
    except TimeoutError as error:
        raise countdown.failure() from error
    return bytes(body)


def parsed(data: bytes) -> dict[str, Any]:
    """Read a JSON object; raises ModelFailedError for anything else, invalid UTF-8 included."""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise ModelFailedError("The model provider sent something that is no JSON.") from error
    if not isinstance(value, dict):
        raise ModelFailedError("The model provider sent JSON that is no object.")
    return cast("dict[str, Any]", value)


def text(value: object) -> str:
    """Give what must be text; raises TypeError."""
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def count(value: object) -> int:
    """Give a number of tokens; whatever is none counts nothing."""
    return value if isinstance(value, int) and value > 0 else 0
