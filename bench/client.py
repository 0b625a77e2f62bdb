"""The measuring client: streams in parallel, and what each token's stamp says of its way."""

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

_STAMP = re.compile(rb"(\d{12,}) ")


@dataclass(slots=True)
class Sample:
    """What one stream showed, in milliseconds."""

    first_event_ms: float = 0.0
    added_ms: list[float] = field(default_factory=list[float])
    is_complete: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """Something that streams a provider's tokens to a client."""

    name: str
    url: str
    headers: Mapping[str, str]
    body: Callable[[str], dict[str, Any]]


async def stream(session: aiohttp.ClientSession, target: Target, model: str) -> Sample:
    """Send one message and read its stream to the end."""
    sample = Sample()
    began = time.perf_counter()
    tail = b""
    async with session.post(target.url, json=target.body(model), headers=target.headers) as answer:
        answer.raise_for_status()
        async for data in answer.content.iter_any():
            now_ns = time.monotonic_ns()
            if not sample.first_event_ms:
                sample.first_event_ms = (time.perf_counter() - began) * 1000
            text = tail + data
            end = 0
            for found in _STAMP.finditer(text):
                sample.added_ms.append((now_ns - int(found[1])) / 1e6)
                end = found.end()
            tail = text[end:][-200:]
            sample.is_complete = sample.is_complete or b"[DONE]" in text[-64:]
    return sample


async def parallel(
    target: Target, model: str, *, streams: int, total: int
) -> tuple[list[Sample], float]:
    """Run `total` streams, `streams` at a time; gives the samples and the seconds it took."""
    slots = asyncio.Semaphore(streams)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def one() -> Sample:
            async with slots:
                return await stream(session, target, model)

        began = time.perf_counter()
        samples = await asyncio.gather(*(one() for _ in range(total)))
        return samples, time.perf_counter() - began


def percentile(values: list[float], share: float) -> float:
    """Give a percentile by the nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
