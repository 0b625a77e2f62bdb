"""The resources of a server: single ones, and templates of many."""

import difflib
from collections.abc import Mapping
from typing import Any

from mcp.shared.exceptions import MCPError
from mcp.shared.path_security import contains_path_traversal
from mcp.shared.uri_template import UriTemplate
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, ReadResourceResult
from mcp_types import Resource as WireResource
from mcp_types import ResourceTemplate as WireTemplate
from pydantic import BaseModel

from sophia.core.provenance import UNTRUSTED_KEY, has_untrusted
from sophia.kit.errors import Kind, SophiaError
from sophia.servers import blocks
from sophia.servers.arguments import parse
from sophia.servers.call import Call
from sophia.servers.parts import Completer, Resource, ServerParts, Template

MAX_URI_CHARS = 2_048


class Reading:
    """Lists and reads a server's resources."""

    def __init__(self, parts: ServerParts) -> None:
        """Read the templates' forms, once."""
        self._resources = {resource.uri: resource for resource in parts.resources}
        self._templates = [(UriTemplate.parse(one.uri), one) for one in parts.templates]

    def listed(self) -> list[WireResource]:
        """List what has one address."""
        return [
            WireResource(
                uri=one.uri,
                name=one.name,
                title=one.title,
                description=one.description,
                mime_type=one.mime_type,
            )
            for one in self._resources.values()
        ]

    def templates(self) -> list[WireTemplate]:
        """List the forms of addresses."""
        return [
            WireTemplate(
                uri_template=one.uri,
                name=one.name,
                title=one.title,
                description=one.description,
                mime_type=one.mime_type,
            )
            for _, one in self._templates
        ]

    async def read(self, uri: str, call: Call) -> ReadResourceResult:
        """Read what is under an address; raises MCPError."""
        resource = self._resources.get(uri)
        try:
            if resource is not None:
                return _written(uri, await resource.read(call), resource)
            for form, template in self._templates:
                values = form.match(uri, max_uri_length=MAX_URI_CHARS)
                if values is not None:
                    given = _checked(uri, values)
                    arguments = parse(
                        template.arguments, given, name=template.uri, principal=call.principal
                    )
                    return _written(uri, await template.read(arguments, call), template)
        except SophiaError as error:
            is_theirs = error.kind in {Kind.INVALID, Kind.MISSING, Kind.FORBIDDEN}
            code = INVALID_PARAMS if is_theirs else INTERNAL_ERROR
            raise MCPError(code, error.message, {"uri": uri[:MAX_URI_CHARS]}) from error
        raise _missing(uri, [*self._resources, *(one.uri for _, one in self._templates)])

    def completer(self, uri: str, argument: str) -> Completer | None:
        """Give what completes a template's argument, if anything does; raises MCPError."""
        for _, template in self._templates:
            if template.uri == uri:
                return template.completions.get(argument)
        raise _missing(uri, [one.uri for _, one in self._templates])


def _checked(uri: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    for value in values.values():
        for text in [value] if isinstance(value, str) else value:
            if contains_path_traversal(text) or "\x00" in text:
                raise MCPError(
                    INVALID_PARAMS, "An address may not climb out of its place.", {"uri": uri}
                )
    return values


def _written(
    uri: str, content: BaseModel | str | bytes, one: Resource | Template[Any]
) -> ReadResourceResult:
    text = content.model_dump_json() if isinstance(content, BaseModel) else content
    return ReadResourceResult(
        contents=[blocks.contents(uri, text, mime_type=one.mime_type)],
        _meta={UNTRUSTED_KEY: True} if one.is_untrusted or has_untrusted(content) else None,
    )


def _missing(uri: str, there: list[str]) -> MCPError:
    near = difflib.get_close_matches(uri[:200], there, n=1)
    told = f"did you mean {near[0]}?" if near else f"there are: {', '.join(there) or 'none'}"
    return MCPError(
        INVALID_PARAMS, f"There is no such resource; {told}", {"uri": uri[:MAX_URI_CHARS]}
    )
