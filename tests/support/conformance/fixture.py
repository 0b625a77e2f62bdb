"""A server on our runtime with the tools, resources and prompts that the suite names."""

from typing import Any, Literal

from mcp_types import (
    ContentBlock,
    CreateMessageResult,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    ListRootsResult,
    PromptMessage,
)
from pydantic import BaseModel, ConfigDict, Field

from sophia.kit.clock import SystemClock
from sophia.kit.errors import SophiaError
from sophia.servers import asking, blocks
from sophia.servers.call import Call
from sophia.servers.changes import Changes
from sophia.servers.parts import NoArguments, Prompt, Resource, ServerParts, Template, Tool
from tests.support.conformance.media import PNG, WAV

_STEP_S = 0.02


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PromptGiven(Strict):
    prompt: str


class MessageGiven(Strict):
    message: str


class RegionGiven(Strict):
    region: str = Field(default="", json_schema_extra={"x-mcp-header": "Region"})


class TemplateGiven(Strict):
    id: str


class TemplateData(BaseModel):
    id: str
    templateTest: bool  # noqa: N815 - the suite's name
    data: str


class TwoGiven(Strict):
    arg1: str = Field(description="First test argument")
    arg2: str = Field(description="Second test argument")


class UriGiven(Strict):
    resourceUri: str = Field(description="URI of the resource to embed")  # noqa: N815 - likewise


class User(BaseModel):
    username: str = Field(description="User's response")
    email: str = Field(description="User's email address")


class Name(BaseModel):
    name: str


class Color(BaseModel):
    color: str


class Ok(BaseModel):
    ok: bool


class Context(BaseModel):
    context: str


class Defaults(BaseModel):
    name: str = "John Doe"
    age: int = 30
    score: float = 95.5
    status: Literal["active", "inactive", "pending"] = "active"
    verified: bool = True


def _choices(*titles: tuple[str, str]) -> list[dict[str, str]]:
    return [{"const": value, "title": title} for value, title in titles]


_THREE = ("option1", "option2", "option3")
_TITLED = _choices(("value1", "First Option"), ("value2", "Second Option"), ("value3", "Third"))
_ENUMS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "untitledSingle": {"type": "string", "enum": [*_THREE]},
        "titledSingle": {"type": "string", "oneOf": _TITLED},
        "legacyEnum": {
            "type": "string",
            "enum": ["opt1", "opt2", "opt3"],
            "enumNames": ["Option One", "Option Two", "Option Three"],
        },
        "untitledMulti": {"type": "array", "items": {"type": "string", "enum": [*_THREE]}},
        "titledMulti": {"type": "array", "items": {"anyOf": _TITLED}},
    },
}

ENUM_QUESTION = ElicitRequest(
    params=ElicitRequestFormParams(message="Please choose.", requested_schema=_ENUMS)
)


class BrokenError(SophiaError):
    """This tool intentionally returns an error for testing"""


class Fixture:
    """What the suite's tools do."""

    def __init__(self) -> None:
        self.changes = Changes()

    async def simple_text(self, _given: NoArguments, _call: Call) -> str:
        return "This is a simple text response for testing."

    async def mirrored(self, given: RegionGiven, _call: Call) -> str:
        return f"The region is {given.region}."

    async def image(self, _given: NoArguments, _call: Call) -> list[ContentBlock]:
        return [blocks.image(PNG)]

    async def audio(self, _given: NoArguments, _call: Call) -> list[ContentBlock]:
        return [blocks.audio(WAV)]

    async def embedded(self, _given: NoArguments, _call: Call) -> list[ContentBlock]:
        words = "This is an embedded resource content."
        return [blocks.embedded("test://embedded-resource", words, mime_type="text/plain")]

    async def mixed(self, _given: NoArguments, _call: Call) -> list[ContentBlock]:
        data, kind = '{"test":"data","value":123}', "application/json"
        return [
            blocks.text("Multiple content types test:"),
            blocks.image(PNG),
            blocks.embedded("test://mixed-content-resource", data, mime_type=kind),
        ]

    async def logging(self, _given: NoArguments, call: Call) -> str:
        for words in ("Tool execution started", "Tool processing data", "Tool execution completed"):
            await call.log("info", words)
            await _pause()
        return "Logged three times."

    async def error(self, _given: NoArguments, _call: Call) -> str:
        raise BrokenError

    async def progress(self, _given: NoArguments, call: Call) -> str:
        for done in (0, 50, 100):
            await call.progress(done, 100)
            await _pause()
        return "Progressed."

    async def sampling(self, given: PromptGiven, call: Call) -> str:
        said = await call.ask_model("answer", given.prompt, max_tokens=100)
        return f"LLM response: {said}"

    async def elicitation(self, given: MessageGiven, call: Call) -> str:
        user = await call.ask_person("user", given.message, User)
        return f"User response: action=accept, content={user.model_dump_json()}"

    async def defaults(self, _given: NoArguments, call: Call) -> str:
        chosen = await call.ask_person("user", "Please confirm these.", Defaults)
        return f"Elicitation completed: action=accept, content={chosen.model_dump_json()}"

    async def enums(self, _given: NoArguments, call: Call) -> str:
        answer = (await call.ask({"choice": ENUM_QUESTION}))["choice"]
        assert isinstance(answer, ElicitResult)
        return f"Elicitation completed: action={answer.action}, content={answer.content}"

    async def hello(self, _given: NoArguments, call: Call) -> str:
        user = await call.ask_person("user_name", "What is your name?", Name)
        return f"Hello, {user.name}!"

    async def capital(self, _given: NoArguments, call: Call) -> str:
        question = "What is the capital of France?"
        return await call.ask_model("capital_question", question, max_tokens=100)

    async def roots(self, _given: NoArguments, call: Call) -> str:
        found = await call.ask_roots("client_roots")
        return "Roots: " + ", ".join(str(root.uri) for root in found)

    async def confirmed(self, _given: NoArguments, call: Call) -> str:
        await call.ask_person("confirm", "Please confirm", Ok)
        return "state-ok"

    async def several(self, _given: NoArguments, call: Call) -> str:
        answers = await call.ask(
            {
                "user_name": asking.form("What is your name?", Name),
                "greeting": asking.prompt("Generate a greeting", max_tokens=50),
                "client_roots": asking.roots(),
            }
        )
        name, greeting, roots = answers["user_name"], answers["greeting"], answers["client_roots"]
        assert isinstance(name, ElicitResult)
        assert isinstance(greeting, CreateMessageResult)
        assert isinstance(roots, ListRootsResult)
        return f"{name.content}, {greeting.model}, {len(roots.roots)}"

    async def rounds(self, _given: NoArguments, call: Call) -> str:
        user = await call.ask_person("step1", "Step 1: What is your name?", Name)
        paint = await call.ask_person("step2", "Step 2: What is your favorite color?", Color)
        return f"{user.name} likes {paint.color}."

    async def able(self, _given: NoArguments, call: Call) -> str:
        questions = {
            "name": asking.form("What is your name?", Name),
            "greeting": asking.prompt("Generate a greeting", max_tokens=50),
        }
        answers = await call.ask({key: one for key, one in questions.items() if call.can_ask(one)})
        return f"Asked: {', '.join(answers)}"

    async def tools_changed(self, _given: NoArguments, _call: Call) -> str:
        await self.changes.of_tools()
        return "The tools have changed."

    async def prompts_changed(self, _given: NoArguments, _call: Call) -> str:
        await self.changes.of_prompts()
        return "The prompts have changed."

    async def static_text(self, _call: Call) -> str:
        return "This is the content of the static text resource."

    async def static_binary(self, _call: Call) -> bytes:
        return PNG

    async def watched(self, _call: Call) -> str:
        return "Watched."

    async def data(self, given: TemplateGiven, _call: Call) -> TemplateData:
        return TemplateData(id=given.id, templateTest=True, data=f"Data for ID: {given.id}")

    async def simple_prompt(self, _given: NoArguments, _call: Call) -> str:
        return "This is a simple prompt for testing."

    async def two(self, given: TwoGiven, _call: Call) -> str:
        return f"Prompt with arguments: arg1='{given.arg1}', arg2='{given.arg2}'"

    async def enclosing(self, given: UriGiven, _call: Call) -> list[PromptMessage]:
        words = "Embedded resource content for testing."
        block = blocks.embedded(given.resourceUri, words, mime_type="text/plain")
        return [_said(block), _said(blocks.text("Please process the embedded resource above."))]

    async def picture(self, _given: NoArguments, _call: Call) -> list[PromptMessage]:
        return [_said(blocks.image(PNG)), _said(blocks.text("Please analyze the image above."))]

    async def asking_prompt(self, _given: NoArguments, call: Call) -> str:
        told = await call.ask_person("user_context", "What context should the prompt use?", Context)
        return f"Use this context: {told.context}"

    async def places(self, prefix: str, _call: Call) -> list[str]:
        return [word for word in ("paris", "park", "party") if word.startswith(prefix)]


def conformance_parts(name: str = "memory") -> ServerParts:
    """Put the fixture together, under the name of one of the eight."""
    fixture = Fixture()
    return ServerParts(
        name=name,
        instructions="For the conformance suite.",
        tools=_tools(fixture),
        resources=_resources(fixture),
        templates=[
            Template(
                uri="test://template/{id}/data",
                name="template",
                title="Template",
                description="Data of an id.",
                arguments=TemplateGiven,
                read=fixture.data,
            )
        ],
        prompts=_prompts(fixture),
        is_asking=True,
        changes=fixture.changes,
    )


def _tools(fixture: Fixture) -> list[Tool[Any, Any]]:
    plain = {
        "test_simple_text": fixture.simple_text,
        "test_image_content": fixture.image,
        "test_audio_content": fixture.audio,
        "test_embedded_resource": fixture.embedded,
        "test_multiple_content_types": fixture.mixed,
        "test_tool_with_logging": fixture.logging,
        "test_logging_tool": fixture.logging,
        "test_error_handling": fixture.error,
        "test_tool_with_progress": fixture.progress,
        "test_elicitation_sep1034_defaults": fixture.defaults,
        "test_elicitation_sep1330_enums": fixture.enums,
        "test_missing_capability": fixture.capital,
        "test_streaming_elicitation": fixture.hello,
        "test_trigger_tool_change": fixture.tools_changed,
        "test_trigger_prompt_change": fixture.prompts_changed,
        "test_input_required_result_elicitation": fixture.hello,
        "test_input_required_result_sampling": fixture.capital,
        "test_input_required_result_list_roots": fixture.roots,
        "test_input_required_result_request_state": fixture.confirmed,
        "test_input_required_result_multiple_inputs": fixture.several,
        "test_input_required_result_multi_round": fixture.rounds,
        "test_input_required_result_tampered_state": fixture.confirmed,
        "test_input_required_result_capabilities": fixture.able,
    }
    tools = [_tool(name, NoArguments, run) for name, run in plain.items()]
    return [
        *tools,
        _tool("test_mirrored_argument", RegionGiven, fixture.mirrored),
        _tool("test_sampling", PromptGiven, fixture.sampling),
        _tool("test_elicitation", MessageGiven, fixture.elicitation),
    ]


def _tool(name: str, arguments: type[BaseModel], run: Any) -> Tool[Any, Any]:
    words = name.replace("_", " ")
    return Tool(name=name, title=words, description=words, arguments=arguments, run=run)


def _resources(fixture: Fixture) -> list[Resource]:
    kinds = {
        "static-text": ("text/plain", fixture.static_text),
        "static-binary": ("image/png", fixture.static_binary),
        "watched-resource": ("text/plain", fixture.watched),
    }
    return [
        Resource(
            uri=f"test://{name}",
            name=name,
            title=name,
            description=name,
            mime_type=mime_type,
            read=read,
        )
        for name, (mime_type, read) in kinds.items()
    ]


def _prompts(fixture: Fixture) -> list[Prompt[Any]]:
    found: list[tuple[str, type[BaseModel], Any]] = [
        ("test_simple_prompt", NoArguments, fixture.simple_prompt),
        ("test_prompt_with_arguments", TwoGiven, fixture.two),
        ("test_prompt_with_embedded_resource", UriGiven, fixture.enclosing),
        ("test_prompt_with_image", NoArguments, fixture.picture),
        ("test_input_required_result_prompt", NoArguments, fixture.asking_prompt),
    ]
    return [
        Prompt(
            name=name,
            title=name,
            description=name,
            arguments=arguments,
            render=render,
            completions={"arg1": fixture.places} if arguments is TwoGiven else {},
        )
        for name, arguments, render in found
    ]


def _said(block: ContentBlock) -> PromptMessage:
    return PromptMessage(role="user", content=block)


async def _pause() -> None:
    await SystemClock().sleep(_STEP_S)
