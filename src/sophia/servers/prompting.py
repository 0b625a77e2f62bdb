"""The prompts of a server, and what completes their arguments."""

import difflib
from collections.abc import Mapping
from typing import Any

from mcp.shared.exceptions import MCPError
from mcp_types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    GetPromptResult,
    PromptArgument,
    PromptMessage,
    TextContent,
)
from mcp_types import Prompt as WirePrompt

from sophia.kit.errors import Kind, SophiaError
from sophia.servers.arguments import parse, schema_of
from sophia.servers.call import Call
from sophia.servers.parts import Completer, Prompt, ServerParts


class Prompting:
    """Lists and renders a server's prompts."""

    def __init__(self, parts: ServerParts) -> None:
        """Take the prompts."""
        self._prompts = {prompt.name: prompt for prompt in parts.prompts}

    def listed(self) -> list[WirePrompt]:
        """List the prompts."""
        return [
            WirePrompt(
                name=one.name,
                title=one.title,
                description=one.description,
                arguments=_arguments(one),
            )
            for one in self._prompts.values()
        ]

    async def render(self, name: str, given: Mapping[str, str], call: Call) -> GetPromptResult:
        """Write a prompt's messages; raises MCPError."""
        prompt = self._named(name)
        try:
            arguments = parse(prompt.arguments, given, name=name, principal=call.principal)
            rendered = await prompt.render(arguments, call)
        except SophiaError as error:
            is_theirs = error.kind in {Kind.INVALID, Kind.MISSING, Kind.FORBIDDEN}
            raise MCPError(
                INVALID_PARAMS if is_theirs else INTERNAL_ERROR, error.message
            ) from error
        if isinstance(rendered, str):
            said = TextContent(type="text", text=rendered)
            rendered = [PromptMessage(role="user", content=said)]
        return GetPromptResult(description=prompt.description, messages=list(rendered))

    def completer(self, name: str, argument: str) -> Completer | None:
        """Give what completes a prompt's argument, if anything does; raises MCPError."""
        return self._named(name).completions.get(argument)

    def _named(self, name: str) -> Prompt[Any]:
        prompt = self._prompts.get(name)
        if prompt is None:
            near = difflib.get_close_matches(name[:200], self._prompts, n=1)
            there = ", ".join(self._prompts) or "none"
            hint = f"did you mean {near[0]}?" if near else f"there are {there}"
            raise MCPError(INVALID_PARAMS, f"There is no prompt {name[:80]!r}: {hint}")
        return prompt


def _arguments(prompt: Prompt[Any]) -> list[PromptArgument]:
    schema = schema_of(prompt.arguments)
    required = schema.get("required", [])
    return [
        PromptArgument(name=name, description=field.get("description"), required=name in required)
        for name, field in schema.get("properties", {}).items()
    ]
