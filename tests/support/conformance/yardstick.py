"""The same tools, resources and prompts on a plain server of the SDK: what ours is measured by."""

import json
from typing import Any

from mcp.server.mcpserver import Context, Image, MCPServer, UserMessage
from mcp.shared.exceptions import MCPError
from mcp.shared.message import ServerMessageMetadata
from mcp_types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    CallToolResult,
    ClientCapabilities,
    Completion,
    ContentBlock,
    CreateMessageResult,
    ElicitResult,
    EmptyResult,
    InputRequest,
    InputRequiredResult,
    ListRootsResult,
    LoggingMessageNotification,
    LoggingMessageNotificationParams,
    SamplingCapability,
    SetLevelRequestParams,
    SubscribeRequestParams,
    TextContent,
    UnsubscribeRequestParams,
)
from starlette.applications import Starlette

from sophia.kit.clock import SystemClock
from sophia.servers import asking, blocks
from tests.support.conformance import fixture
from tests.support.conformance.media import PNG, WAV

_STEP_S = 0.02
_NAME = "What is your name?"
_GREETING = asking.prompt("Generate a greeting", max_tokens=50)
_CONFIRM = asking.form("Please confirm", fixture.Ok)
_CAPITAL = asking.prompt("What is the capital of France?", max_tokens=100)

type Answers = dict[str, Any]


def yardstick() -> Starlette:
    """Build the application of the SDK's server."""
    server: MCPServer[Any] = MCPServer("yardstick", version="1.0.0")
    for add in (_plain_tools, _asking_tools, _rounds, _resources, _prompts, _legacy):
        add(server)
    return server.streamable_http_app()


def _plain_tools(server: MCPServer[Any]) -> None:
    for kind in _CONTENT:
        _add_content(server, kind)
    _add(server, "test_error_handling", _fail)
    _add(server, "test_tool_with_progress", _progress)
    _add(server, "test_tool_with_logging", _log)
    _add(server, "test_logging_tool", _log)
    _add(server, "test_trigger_tool_change", _change_tools)
    _add(server, "test_trigger_prompt_change", _change_prompts)


_CONTENT: dict[str, list[ContentBlock]] = {
    "simple_text": [blocks.text("This is a simple text response for testing.")],
    "image_content": [blocks.image(PNG)],
    "audio_content": [blocks.audio(WAV)],
    "embedded_resource": [blocks.embedded("test://embedded", "Embedded.", mime_type="text/plain")],
    "multiple_content_types": [
        blocks.text("Multiple content types test:"),
        blocks.image(PNG),
        blocks.embedded("test://mixed", "{}", mime_type="application/json"),
    ],
}


def _add_content(server: MCPServer[Any], kind: str) -> None:
    async def run() -> CallToolResult:
        return CallToolResult(content=_CONTENT[kind])

    _add(server, f"test_{kind}", run)


async def _fail() -> str:
    raise ValueError("This tool intentionally returns an error for testing")


async def _progress(ctx: Context[Any, Any]) -> str:
    for done in (0, 50, 100):
        await ctx.report_progress(done, 100)
        await SystemClock().sleep(_STEP_S)
    return "Progressed."


async def _log(ctx: Context[Any, Any]) -> str:
    if ctx.protocol_version != "2026-07-28":
        for words in ("started", "processing", "completed"):
            params = LoggingMessageNotificationParams(level="info", data=words)
            await ctx.session.send_notification(
                LoggingMessageNotification(params=params), ctx.request_context.request_id
            )
    return "Logged three times."


async def _change_tools(ctx: Context[Any, Any]) -> str:
    await ctx.notify_tools_changed()
    return "The tools have changed."


async def _change_prompts(ctx: Context[Any, Any]) -> str:
    await ctx.notify_prompts_changed()
    return "The prompts have changed."


def _asking_tools(server: MCPServer[Any]) -> None:
    async def sampling(prompt: str, ctx: Context[Any, Any]) -> str:
        request = asking.prompt(prompt, max_tokens=100)
        answer = await ctx.session.send_request(request, CreateMessageResult, metadata=_of(ctx))
        return f"LLM response: {answer.content}"

    def elicit(name: str, question: InputRequest) -> None:
        async def run(ctx: Context[Any, Any]) -> str:
            assert question.method == "elicitation/create"
            answer = await ctx.session.send_request(question, ElicitResult, metadata=_of(ctx))
            return f"Elicitation completed: action={answer.action}, content={answer.content}"

        _add(server, name, run)

    async def elicitation(message: str, ctx: Context[Any, Any]) -> str:
        form = asking.form(message, fixture.User)
        answer = await ctx.session.send_request(form, ElicitResult, metadata=_of(ctx))
        return f"User response: action={answer.action}, content={answer.content}"

    async def missing(ctx: Context[Any, Any]) -> str | InputRequiredResult:
        if ctx.client_capabilities is None or ctx.client_capabilities.sampling is None:
            needed = ClientCapabilities(sampling=SamplingCapability())
            data = {"requiredCapabilities": needed.model_dump(by_alias=True, exclude_none=True)}
            raise MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, "Sampling is needed", data)
        answers = _answers(ctx, {"capital_question": _CAPITAL})
        return answers if isinstance(answers, InputRequiredResult) else "Answered."

    _add(server, "test_sampling", sampling)
    _add(server, "test_elicitation", elicitation)
    _add(server, "test_missing_capability", missing)
    elicit("test_elicitation_sep1034_defaults", asking.form("Confirm.", fixture.Defaults))
    elicit("test_elicitation_sep1330_enums", fixture.ENUM_QUESTION)


_ROUNDS: dict[str, dict[str, InputRequest]] = {
    "test_input_required_result_elicitation": {"user_name": asking.form(_NAME, fixture.Name)},
    "test_input_required_result_sampling": {"capital_question": _CAPITAL},
    "test_input_required_result_list_roots": {"client_roots": asking.roots()},
    "test_input_required_result_request_state": {"confirm": _CONFIRM},
    "test_input_required_result_tampered_state": {"confirm": _CONFIRM},
    "test_input_required_result_multiple_inputs": {
        "user_name": asking.form(_NAME, fixture.Name),
        "greeting": _GREETING,
        "client_roots": asking.roots(),
    },
    "test_streaming_elicitation": {"user_name": asking.form(_NAME, fixture.Name)},
}


def _rounds(server: MCPServer[Any]) -> None:
    for name, questions in _ROUNDS.items():
        _add_round(server, name, questions)
    _add(server, "test_input_required_result_multi_round", _two_rounds)
    _add(server, "test_input_required_result_capabilities", _able)


def _add_round(server: MCPServer[Any], name: str, questions: dict[str, InputRequest]) -> None:
    async def run(ctx: Context[Any, Any]) -> str | InputRequiredResult:
        answers = _answers(ctx, questions)
        if isinstance(answers, InputRequiredResult):
            return answers
        return "state-ok " + ", ".join(map(_told, answers.values()))

    _add(server, name, run)


async def _two_rounds(ctx: Context[Any, Any]) -> str | InputRequiredResult:
    if ctx.request_state == "two":
        return "Done."
    first = _answers(ctx, {"step1": asking.form("Step 1: " + _NAME, fixture.Name)})
    if isinstance(first, InputRequiredResult):
        return first
    color = asking.form("Step 2: What is your favorite color?", fixture.Color)
    return InputRequiredResult(input_requests={"step2": color}, request_state="two")


async def _able(ctx: Context[Any, Any]) -> str | InputRequiredResult:
    able = ctx.client_capabilities or ClientCapabilities()
    questions: dict[str, InputRequest] = {}
    if able.elicitation is not None:
        questions["name"] = asking.form(_NAME, fixture.Name)
    if able.sampling is not None:
        questions["greeting"] = _GREETING
    answers = _answers(ctx, questions)
    return answers if isinstance(answers, InputRequiredResult) else "Asked."


def _resources(server: MCPServer[Any]) -> None:
    @server.resource("test://static-text", mime_type="text/plain", description="text")
    async def static_text() -> str:
        return "This is the content of the static text resource."

    @server.resource("test://static-binary", mime_type="image/png", description="binary")
    async def static_binary() -> bytes:
        return PNG

    @server.resource("test://watched-resource", mime_type="text/plain", description="watched")
    async def watched() -> str:
        return "Watched."

    @server.resource("test://template/{id}/data", mime_type="application/json")
    async def data(id: str) -> str:  # noqa: A002 - the suite's name
        return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})

    _ = (static_text, static_binary, watched, data)


def _prompts(server: MCPServer[Any]) -> None:
    @server.prompt("test_simple_prompt", description="simple")
    async def simple() -> str:
        return "This is a simple prompt for testing."

    @server.prompt("test_prompt_with_arguments", description="two")
    async def two(arg1: str, arg2: str) -> str:
        return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"

    @server.prompt("test_prompt_with_embedded_resource", description="embedded")
    async def embedded(resourceUri: str) -> list[UserMessage]:  # noqa: N803 - the suite's name
        words = "Embedded resource content for testing."
        block = blocks.embedded(resourceUri, words, mime_type="text/plain")
        return [UserMessage(block), UserMessage("Please process the embedded resource above.")]

    @server.prompt("test_prompt_with_image", description="image")
    async def image() -> list[UserMessage]:
        return [UserMessage(Image(data=PNG, format="png")), UserMessage("Please analyze it.")]

    @server.prompt("test_input_required_result_prompt", description="asks")
    async def asks(ctx: Context[Any, Any]) -> Any:
        question = asking.form("What context should the prompt use?", fixture.Context)
        answers = _answers(ctx, {"user_context": question})
        return answers if isinstance(answers, InputRequiredResult) else "Use this context."

    @server.completion()
    async def complete(_ref: Any, argument: Any, _context: Any) -> Completion:
        words = ("paris", "park", "party")
        return Completion(values=[word for word in words if word.startswith(argument.value)])

    _ = (simple, two, embedded, image, asks, complete)


def _legacy(server: MCPServer[Any]) -> None:
    """Add what the SDK's ergonomic server leaves to the one below it."""
    below = server._lowlevel_server  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]

    async def done(_context: Any, _params: Any) -> EmptyResult:
        return EmptyResult()

    below.add_request_handler("logging/setLevel", SetLevelRequestParams, done)
    below.add_request_handler("resources/subscribe", SubscribeRequestParams, done)
    below.add_request_handler("resources/unsubscribe", UnsubscribeRequestParams, done)


def _add(server: MCPServer[Any], name: str, run: Any) -> None:
    server.tool(name=name, description=name, structured_output=False)(run)


def _answers(
    ctx: Context[Any, Any], questions: dict[str, InputRequest]
) -> Answers | InputRequiredResult:
    given = ctx.input_responses or {}
    missing = {key: one for key, one in questions.items() if key not in given}
    if missing:
        return InputRequiredResult(input_requests=missing, request_state="one")
    return {key: given[key] for key in questions}


def _told(answer: Any) -> str:
    match answer:
        case ElicitResult(content=content):
            return str(content)
        case CreateMessageResult(content=TextContent(text=text)):
            return text
        case ListRootsResult(roots=roots):
            return ", ".join(str(root.uri) for root in roots)
        case _:
            return ""


def _of(ctx: Context[Any, Any]) -> Any:
    return ServerMessageMetadata(related_request_id=ctx.request_context.request_id)
