"""The models on offer, by the names under which a request chooses them."""

import difflib
from collections.abc import Sequence
from fnmatch import fnmatchcase

import aiohttp

from sophia.core.ports import Model
from sophia.kit import log
from sophia.kit.clock import Clock
from sophia.llm.anthropic import MAX_OUTPUT_TOKENS, AnthropicModel
from sophia.llm.deadlines import Deadlines
from sophia.llm.discovery import BUILTIN, Discovery, FoundModel
from sophia.llm.errors import ModelBlindError, ModelUnknownError
from sophia.llm.openai import OpenAiModel
from sophia.llm.provider import Provider

_MAX_SUGGESTIONS = 3
_MAX_NAME_CHARS = 100

_log = log.get("llm")


class ModelCatalogue:
    """All models, among them the built-in assistant, and which one answers when none is named."""

    def __init__(self, models: Sequence[Model], *, default: str | None = None) -> None:
        """Take the models, the preferred first; the first is the default unless another is named.

        A default that is not there is no reason not to start: it is logged, and `get` says so.
        """
        if not models:
            raise ValueError("a catalogue holds at least the built-in assistant")
        self._models = {model.name: model for model in models}
        self.names = tuple(self._models)
        self.default = default or self.names[0]
        if self.default not in self._models:
            _log.warning("llm.default.missing", model=self.default, names=list(self.names))

    def get(self, name: str | None) -> Model:
        """Give a model, the default one for None; raises ModelUnknownError naming the nearest."""
        wanted = name or self.default
        model = self._models.get(wanted)
        if model is None:
            raise self._unknown(wanted)
        return model

    def provider_of(self, name: str) -> str:
        """Say who serves a model; raises ModelUnknownError."""
        model = self.get(name)
        return model.provider.name if isinstance(model, OpenAiModel | AnthropicModel) else BUILTIN

    def check_files(self, name: str | None, has_images: bool) -> None:  # noqa: FBT001 - a port
        """Refuse files for a model that cannot take them; raises ModelBlindError and as `get`."""
        model = self.get(name)
        if isinstance(model, OpenAiModel | AnthropicModel) and (
            model.takes_images or not has_images
        ):
            return
        able = [
            other.name
            for other in self._models.values()
            if isinstance(other, OpenAiModel | AnthropicModel)
            and (other.takes_images or not has_images)
        ]
        kind = "images" if has_images else "files"
        way = (
            f"choose one that does, such as {', '.join(able[:_MAX_SUGGESTIONS])}"
            if able
            else "none of the models here does: see how to add one"
        )
        raise ModelBlindError(f"{model.name} takes no {kind}: {way}.", model=model.name, able=able)

    def language_model(self, name: str) -> Model | None:
        """Give the model of that name, or nothing if it is gone or the built-in assistant."""
        model = self._models.get(name)
        return model if isinstance(model, OpenAiModel | AnthropicModel) else None

    def _unknown(self, wanted: str) -> ModelUnknownError:
        shown = wanted[:_MAX_NAME_CHARS]
        by_lower = {name.lower(): name for name in self.names}
        close = difflib.get_close_matches(
            shown.lower(), list(by_lower), n=_MAX_SUGGESTIONS, cutoff=0.5
        )
        nearest = [by_lower[name] for name in close] or list(self.names[:_MAX_SUGGESTIONS])
        return ModelUnknownError(
            f"There is no model {shown!r}: choose one of the catalogue, such as "
            f"{', '.join(nearest)}.",
            model=shown,
            nearest=nearest,
        )


def build_models(
    discovery: Discovery,
    *,
    session: aiohttp.ClientSession,
    deadlines: Deadlines,
    clock: Clock,
    vision: Sequence[str] = (),
) -> list[Model]:
    """Make what was found callable; the models of one provider share its retry budget.

    `vision` are patterns of the names of models that take images.
    """
    providers: dict[tuple[str, str], Provider] = {}
    models: list[Model] = []
    for found in discovery.models:
        key = (found.provider, found.base_url)
        if key not in providers:
            providers[key] = Provider(
                found.provider,
                base_url=found.base_url,
                api_key=found.api_key,
                session=session,
                clock=clock,
                deadlines=deadlines,
            )
        takes_images = any(fnmatchcase(found.model_id.lower(), one) for one in vision)
        models.append(_model(found, providers[key], takes_images=takes_images))
    return models


def _model(found: FoundModel, provider: Provider, *, takes_images: bool) -> Model:
    if found.dialect == "anthropic":
        limit = min(MAX_OUTPUT_TOKENS, found.max_output_tokens or MAX_OUTPUT_TOKENS)
        return AnthropicModel(
            provider,
            model_id=found.model_id,
            name=found.name,
            max_output_tokens=limit,
            takes_images=takes_images,
        )
    return OpenAiModel(
        provider, model_id=found.model_id, name=found.name, takes_images=takes_images
    )
