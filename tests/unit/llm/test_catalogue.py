import pytest

from sophia.kit.clock import SystemClock
from sophia.kit.errors import Kind
from sophia.llm.anthropic import AnthropicModel
from sophia.llm.catalogue import ModelCatalogue, build_models
from sophia.llm.deadlines import Deadlines
from sophia.llm.discovery import Discovery, FoundModel
from sophia.llm.errors import ModelUnknownError
from sophia.llm.openai import OpenAiModel
from sophia.llm.provider import open_session
from tests.support.models import ScriptedModel


class NamedModel(ScriptedModel):
    def __init__(self, name: str) -> None:
        super().__init__("hello")
        self._name = name

    @property
    def name(self) -> str:
        return self._name


def catalogue(*names: str, default: str | None = None) -> ModelCatalogue:
    return ModelCatalogue([NamedModel(name) for name in names], default=default)


def test_the_first_model_is_the_default() -> None:
    models = catalogue("gpt-4o", "builtin")
    assert models.default == "gpt-4o"
    assert models.get(None).name == "gpt-4o"
    assert models.names == ("gpt-4o", "builtin")


def test_a_named_default_is_the_default() -> None:
    assert catalogue("gpt-4o", "o3", "builtin", default="o3").get(None).name == "o3"


def test_an_empty_name_means_the_default() -> None:
    assert catalogue("gpt-4o", "builtin").get("").name == "gpt-4o"


def test_an_unknown_model_names_the_nearest() -> None:
    with pytest.raises(ModelUnknownError) as caught:
        catalogue("gpt-4o", "gpt-4o-mini", "claude-sonnet", "builtin").get("GPT4o")
    assert caught.value.kind is Kind.INVALID
    assert caught.value.code == "model.unknown"
    assert caught.value.facts["nearest"] == ["gpt-4o", "gpt-4o-mini"]
    assert "gpt-4o-mini" in caught.value.message


def test_a_name_like_none_gets_some_that_exist() -> None:
    with pytest.raises(ModelUnknownError, match="such as builtin"):
        catalogue("builtin").get("zzz" * 1000)


def test_a_missing_default_does_not_stop_the_start_but_is_said_when_asked_for() -> None:
    models = catalogue("gpt-4o", "builtin", default="gpt-40")
    assert models.get("builtin").name == "builtin"
    with pytest.raises(ModelUnknownError, match="gpt-4o"):
        models.get(None)


async def test_what_was_found_becomes_callable() -> None:
    found = Discovery(
        models=(
            FoundModel("gpt-4o", "openai", "openai", "gpt-4o", "http://127.0.0.1:1/v1", "key"),
            FoundModel("claude", "anthropic", "anthropic", "claude", "http://127.0.0.1:1", "key"),
            FoundModel("vllm/qwen", "vllm", "openai", "qwen", "http://127.0.0.1:2/v1"),
        )
    )
    async with open_session() as session:
        models = build_models(found, session=session, deadlines=Deadlines(), clock=SystemClock())
    assert [type(model) for model in models] == [OpenAiModel, AnthropicModel, OpenAiModel]
    offered = ModelCatalogue([*models, NamedModel("builtin")])
    assert offered.names == ("gpt-4o", "claude", "vllm/qwen", "builtin")
    assert [offered.provider_of(name) for name in offered.names] == [
        "openai",
        "anthropic",
        "vllm",
        "builtin",
    ]


async def test_models_of_one_provider_share_it() -> None:
    found = Discovery(
        models=(
            FoundModel("a", "vllm", "openai", "a", "http://127.0.0.1:2/v1"),
            FoundModel("b", "vllm", "openai", "b", "http://127.0.0.1:2/v1"),
        )
    )
    async with open_session() as session:
        first, second = build_models(
            found, session=session, deadlines=Deadlines(), clock=SystemClock()
        )
    assert isinstance(first, OpenAiModel)
    assert isinstance(second, OpenAiModel)
    assert first.provider is second.provider
