"""The models that there are: found at start, by the settings."""

import aiohttp

from sophia.kit import log
from sophia.kit.clock import Clock
from sophia.llm.builtin.assistant import BuiltinAssistant
from sophia.llm.catalogue import ModelCatalogue, build_models
from sophia.llm.deadlines import Deadlines
from sophia.llm.discovery import ModelSources, discover
from sophia.settings import Settings

_logger = log.get("wiring")


async def find_models(
    settings: Settings, session: aiohttp.ClientSession, clock: Clock
) -> ModelCatalogue:
    """Ask the configured providers what models they have."""
    found = await discover(_sources(settings), session=session)
    for problem in found.problems:
        say = _logger.debug if problem.is_absent else _logger.warning
        say("models.discovery.failed", provider=problem.provider, reason=problem.reason)
    deadlines = Deadlines(
        first_chunk_s=settings.model_first_chunk_timeout_s,
        gap_s=settings.model_gap_timeout_s,
        total_s=settings.model_total_timeout_s,
    )
    vision = [one.strip().lower() for one in settings.vision_models.split(",") if one.strip()]
    models = build_models(found, session=session, deadlines=deadlines, clock=clock, vision=vision)
    return ModelCatalogue([*models, BuiltinAssistant()], default=settings.model)


def _sources(settings: Settings) -> ModelSources:
    openai, anthropic = settings.openai_api_key, settings.anthropic_api_key
    return ModelSources(
        openai_api_key=openai.get_secret_value() if openai else None,
        openai_base_url=settings.openai_base_url,
        anthropic_api_key=anthropic.get_secret_value() if anthropic else None,
        anthropic_base_url=settings.anthropic_base_url,
        ollama_url=settings.ollama_url,
        vllm_url=settings.vllm_url,
        wanted=settings.model,
    )
