"""Which models are there: what the operator's keys open, and what listens on this machine."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Literal, cast
from urllib.parse import urlsplit

import aiohttp
import orjson

from sophia.llm import refusals
from sophia.llm.anthropic import API_VERSION

OPENAI_URL = "https://api.openai.com/v1"
ANTHROPIC_URL = "https://api.anthropic.com"
BUILTIN = "builtin"

_CLOUD_S = 3.0
_LOCAL_S = 1.0
_MAX_ANSWER_BYTES = 4 << 20
_MAX_ID_CHARS = 200

# Models that answer something else than a chat, by words in their ids.
_NO_CHAT = re.compile(
    r"(^|[^a-z])(embed(ding)?s?|whisper|tts|dall-?e|moderation|transcribe|realtime|audio|image|imagen|"
    r"sora|veo|rerank(er)?|davinci|babbage|instruct-0914|3\.5-turbo-instruct|deep-research|"
    r"computer-use|stable-diffusion|sdxl|flux|bge|minilm|gte|e5|clip|colbert)([^a-z]|$)|"
    r"^(o1|o3|gpt-5[^/]*)-pro",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ModelSources:
    """Where to look. A URL that is None is not asked; `wanted` is the name of the default model."""

    openai_api_key: str | None = None
    openai_base_url: str = OPENAI_URL
    anthropic_api_key: str | None = None
    anthropic_base_url: str = ANTHROPIC_URL
    ollama_url: str | None = None
    vllm_url: str | None = None
    wanted: str | None = None


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model and how to reach it. `name` is unique; `model_id` is what its provider calls it."""

    name: str
    provider: str
    dialect: Literal["openai", "anthropic"]
    model_id: str
    base_url: str
    api_key: str | None = field(default=None, repr=False)
    max_output_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """A provider that gave no models, and why. `is_absent`: nobody listens there: often usual."""

    provider: str
    url: str
    reason: str
    is_absent: bool = False

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.provider} at {self.url}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found and what was not."""

    models: tuple[FoundModel, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Probe:
    """One question to one provider."""

    provider: str
    dialect: Literal["openai", "anthropic"]
    list_url: str
    base_url: str
    timeout_s: float
    api_key: str | None = field(default=None, repr=False)
    headers: dict[str, str] = field(default_factory=dict[str, str], repr=False)


async def discover(sources: ModelSources, *, session: aiohttp.ClientSession) -> Discovery:
    """Ask all sources at once, each for a few seconds at most; one that fails is a Problem."""
    probes = _probes(sources)
    answers = await asyncio.gather(*(_ask(probe, session) for probe in probes))
    found = [model for answer in answers if isinstance(answer, list) for model in answer]
    problems = [answer for answer in answers if isinstance(answer, Problem)]
    if sources.wanted and all(model.model_id != sources.wanted for model in found):
        found += _taken_at_its_word(sources.wanted, probes, problems)
    return Discovery(models=tuple(_named(found)), problems=tuple(problems))


def _probes(sources: ModelSources) -> list[_Probe]:
    probes: list[_Probe] = []
    openai_url = sources.openai_base_url.rstrip("/")
    if sources.openai_api_key or openai_url != OPENAI_URL:
        probes.append(_openai(openai_url, sources.openai_api_key))
    if sources.anthropic_api_key:
        probes.append(_anthropic(sources.anthropic_base_url, sources.anthropic_api_key))
    if sources.ollama_url and not _is_same_place(sources.ollama_url, probes):
        url = sources.ollama_url.rstrip("/").removesuffix("/v1")
        probes.append(_Probe("ollama", "openai", f"{url}/api/tags", f"{url}/v1", _LOCAL_S))
    if sources.vllm_url and not _is_same_place(sources.vllm_url, probes):
        url = sources.vllm_url.rstrip("/").removesuffix("/v1")
        probes.append(_Probe("vllm", "openai", f"{url}/v1/models", f"{url}/v1", _LOCAL_S))
    return probes


def _openai(url: str, key: str | None) -> _Probe:
    headers = {"Authorization": f"Bearer {key.strip()}"} if key else {}
    return _Probe("openai", "openai", f"{url}/models", url, _CLOUD_S, key, headers)


def _anthropic(base_url: str, key: str) -> _Probe:
    url = base_url.rstrip("/").removesuffix("/v1")
    headers = {"x-api-key": key.strip(), "anthropic-version": API_VERSION}
    return _Probe(
        "anthropic", "anthropic", f"{url}/v1/models?limit=1000", url, _CLOUD_S, key, headers
    )


def _is_same_place(url: str, probes: Iterable[_Probe]) -> bool:
    """Say whether a server is asked already, so that its models are not found twice."""
    return any(_place(url) == _place(probe.base_url) for probe in probes)


def _place(url: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return (url, None)
    host = parts.hostname or ""
    return ("127.0.0.1" if host == "localhost" else host, port)


async def _ask(probe: _Probe, session: aiohttp.ClientSession) -> list[FoundModel] | Problem:
    try:
        async with (
            asyncio.timeout(probe.timeout_s),
            session.get(probe.list_url, headers=probe.headers, allow_redirects=False) as response,
        ):
            body = await _read_capped(response)
            status = response.status
    except aiohttp.ClientConnectorError as error:
        return _problem(probe, f"nobody answers: {error}", is_absent=True)
    except TimeoutError:
        return _problem(probe, f"no answer within {probe.timeout_s:g} s")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return _problem(probe, str(error) or type(error).__name__)
    if status != HTTPStatus.OK:
        return _problem(probe, f"{status}: {refusals.message_of(body, secret=probe.api_key)}")
    try:
        entries = _entries(orjson.loads(body))
    except (orjson.JSONDecodeError, LookupError, TypeError):
        return _problem(probe, "the answer is no list of models")
    models = [model for entry in entries if (model := _model(entry, probe)) is not None]
    return models or _problem(probe, "it offers no chat model")


async def _read_capped(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > _MAX_ANSWER_BYTES:
            raise ValueError("the list of models is too long")
    return bytes(body)


def _problem(probe: _Probe, reason: str, *, is_absent: bool = False) -> Problem:
    url = refusals.safe(probe.list_url, secret=None)
    return Problem(probe.provider, url, refusals.safe(reason, secret=probe.api_key), is_absent)


def _entries(answer: Any) -> list[dict[str, Any]]:
    """Give the entries of OpenAI's and Anthropic's lists (`data`) or Ollama's (`models`)."""
    listed = answer["data"] if "data" in answer else answer["models"]
    entries = [cast("dict[str, Any]", entry) for entry in listed if isinstance(entry, dict)]
    # OpenAI lists in no order: newest first, so that the first is a sensible default. Others date
    # all alike, or order by themselves, which this sort leaves alone.
    return sorted(entries, key=_age)


def _age(entry: dict[str, Any]) -> int:
    created = entry.get("created")
    return -created if isinstance(created, int) else 0


def _model(entry: dict[str, Any], probe: _Probe) -> FoundModel | None:
    model_id = entry.get("id") or entry.get("model") or entry.get("name")
    if not isinstance(model_id, str) or not model_id.isprintable() or len(model_id) > _MAX_ID_CHARS:
        return None
    capabilities = entry.get("capabilities")
    is_other = isinstance(capabilities, list) and "completion" not in capabilities
    if is_other or _NO_CHAT.search(model_id) is not None:
        return None
    limit = entry.get("max_tokens") if probe.dialect == "anthropic" else None
    return FoundModel(
        name=model_id,
        provider=probe.provider,
        dialect=probe.dialect,
        model_id=model_id,
        base_url=probe.base_url,
        api_key=probe.api_key,
        max_output_tokens=limit if isinstance(limit, int) and limit > 0 else None,
    )


def _taken_at_its_word(
    wanted: str, probes: Sequence[_Probe], problems: Sequence[Problem]
) -> list[FoundModel]:
    """Give the model that the operator named when the provider it must be at lists none now.

    Some servers have no list, and one that is down while Sophia starts comes back.
    """
    failing = {problem.provider for problem in problems if not problem.is_absent}
    failing |= {p.provider for p in problems if p.provider in {"openai", "anthropic"}}
    guess = "anthropic" if wanted.startswith("claude") else "openai"
    candidates = sorted(
        (probe for probe in probes if probe.provider in failing),
        key=lambda probe: probe.provider != guess,
    )
    if not candidates:
        return []
    model = _model({"id": wanted}, candidates[0])
    return [model] if model is not None else []


def _named(found: Sequence[FoundModel]) -> Iterable[FoundModel]:
    """Give each model once, under its id, or `provider/id` where two providers offer that id."""
    once = {(model.provider, model.model_id): model for model in found}
    offers = Counter(model.model_id for model in once.values())
    for model in once.values():
        is_ambiguous = offers[model.model_id] > 1 or model.model_id == BUILTIN
        yield replace(model, name=f"{model.provider}/{model.model_id}") if is_ambiguous else model
