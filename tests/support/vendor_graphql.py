"""A vendor's own GraphQL schema, held against requests and answers."""

import re
from functools import cache
from pathlib import Path
from typing import Any, cast

import orjson
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    build_ast_schema,
    execute_sync,  # pyright: ignore[reportUnknownVariableType] - its own types lack some
    get_variable_values,
    parse,
    validate,
)

from tests.support.vendor_specs import Exchange

# Nobody asks what fields are for, and reading it takes seconds.
_DESCRIPTION = re.compile(r'"""(?:[^"]|"(?!""))*"""')


class GraphQLJudge:
    """A schema as a judge."""

    def __init__(self, schema: Path) -> None:
        document = parse(_DESCRIPTION.sub("", schema.read_text()), no_location=True)
        self._schema: GraphQLSchema = build_ast_schema(
            document, assume_valid=True, assume_valid_sdl=True
        )
        self._read = cache(self._parsed)

    def violations(self, exchange: Exchange) -> list[str]:
        """Say what the vendor would not have understood, or never said."""
        sent = orjson.loads(exchange.sent)
        document, wrong = self._read(sent["query"])
        if not wrong:
            wrong = self._of_variables(document, sent["variables"])
        said = orjson.loads(exchange.answered)
        if not wrong and "errors" not in said:
            wrong = self._of_answer(document, sent["variables"], said["data"])
        return [f"{one} in {sent['query'][:200]}" for one in wrong]

    def _parsed(self, query: str) -> tuple[DocumentNode, list[str]]:
        document = parse(query)
        return document, [error.message for error in validate(self._schema, document)]

    def _of_variables(self, document: DocumentNode, given: dict[str, Any]) -> list[str]:
        [operation] = document.definitions
        defined = cast("OperationDefinitionNode", operation).variable_definitions
        values = get_variable_values(self._schema, defined or (), given)
        wrong = [error.message for error in values] if isinstance(values, list) else []
        named = {one.variable.name.value for one in defined or ()}
        return [*wrong, *(f"unknown variable {name}" for name in given if name not in named)]

    def _of_answer(self, document: DocumentNode, given: dict[str, Any], said: Any) -> list[str]:
        """Answer the request by what was answered: what comes out is what the schema allows."""
        result = execute_sync(
            self._schema,
            document,
            root_value=said,
            variable_values=given,
            field_resolver=_answered,
            type_resolver=_any_type,
        )
        if result.errors:
            return [error.message for error in result.errors[:3]]
        return [] if result.data == said else ["the answer has fields that nobody asked for"]


def _any_type(_value: Any, info: Any, abstract: Any) -> str:
    """Take a value for one of the types that it may be: what we ask for, all of them have."""
    return info.schema.get_possible_types(abstract)[0].name


def _answered(source: Any, info: GraphQLResolveInfo[Any], **_arguments: Any) -> Any:
    key = info.path.key
    if key not in source:
        raise GraphQLError(f"{info.parent_type.name}.{key} is not answered")
    return source[key]
