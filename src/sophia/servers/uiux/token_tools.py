"""The tools for design tokens."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sophia.servers.call import Call
from sophia.servers.parts import Tool
from sophia.servers.uiux.errors import TokensInvalidError
from sophia.servers.uiux.tokens.contexts import Resolver, read_resolver
from sophia.servers.uiux.tokens.css import css, tailwind
from sophia.servers.uiux.tokens.document import Problem, dotted
from sophia.servers.uiux.tokens.native import flat_json, kotlin, swift
from sophia.servers.uiux.tokens.resolving import Token, resolve

_MAX_PROBLEMS = 100
_TOLD = 5
_EXAMPLE = '{"space": {"$type": "dimension", "sm": {"$value": {"value": 8, "unit": "px"}}}}'

Document = Annotated[
    dict[str, Any] | None, Field(description=f"Design tokens (DTCG 2025.10), such as {_EXAMPLE}")
]
ResolverIn = Annotated[
    dict[str, Any] | None,
    Field(description="A resolver document (DTCG 2025.10) instead: sets, modifiers, their order."),
]
Files = Annotated[
    dict[str, dict[str, Any]],
    Field(max_length=50, description="The documents that the resolver names by $ref."),
]
Contexts = Annotated[
    dict[str, str],
    Field(max_length=20, description='The context of each modifier, such as {"theme": "dark"}.'),
]

type Form = Literal["css", "tailwind", "swift", "kotlin", "json"]


class Source(BaseModel):
    """Where tokens come from: a document, or a resolver with its files."""

    model_config = ConfigDict(extra="forbid")

    tokens: Document = None
    resolver: ResolverIn = None
    files: Files = Field(default_factory=dict)
    contexts: Contexts = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.tokens is None) == (self.resolver is None):
            raise ValueError("give either tokens or a resolver")
        return self


class ValidateTokens(Source):
    """The arguments of validate_tokens."""


class ExportTokens(Source):
    """The arguments of export_tokens."""

    format: Form
    selectors: dict[str, str] = Field(
        default_factory=dict,
        max_length=50,
        description="For css and tailwind: the selector of a context, as modifier.context;"
        ' without it [data-theme="dark"] for theme.dark.',
    )


class ProblemOut(BaseModel):
    """What is wrong."""

    path: str
    message: str


class Validity(BaseModel):
    """What validate_tokens found."""

    is_valid: bool
    tokens: int
    types: dict[str, int]
    aliases: int
    deprecated: list[str]
    problems: list[ProblemOut]
    more_problems: int = Field(description="Problems left out of the list.")


class Export(BaseModel):
    """Tokens in another form."""

    format: Form
    file_name: str
    content: str
    tokens: int
    skipped: list[str] = Field(description="Tokens for whose type the platform has no value.")


_FILES: dict[Form, str] = {
    "css": "tokens.css",
    "tailwind": "theme.css",
    "swift": "Tokens.swift",
    "kotlin": "Tokens.kt",
    "json": "tokens.json",
}


async def validate_tokens(given: ValidateTokens, _call: Call) -> Validity:
    """Say what is wrong with design tokens, in the contexts that are chosen."""
    tokens, problems = _resolved(given)
    types: dict[str, int] = {}
    for token in tokens:
        types[token.type] = types.get(token.type, 0) + 1
    return Validity(
        is_valid=not problems,
        tokens=len(tokens),
        types=types,
        aliases=sum(token.alias_of is not None for token in tokens),
        deprecated=[dotted(token.path) for token in tokens if token.deprecated],
        problems=[ProblemOut(path=one.path, message=one.message) for one in problems][
            :_MAX_PROBLEMS
        ],
        more_problems=max(0, len(problems) - _MAX_PROBLEMS),
    )


async def export_tokens(given: ExportTokens, _call: Call) -> Export:
    """Write design tokens in the form that a platform reads; raises TokensInvalidError."""
    resolver = _resolver(given)
    usual = _sound(_document(given, resolver))
    contexts = _others(given, resolver) if resolver is not None else {}
    skipped: list[str] = []
    match given.format:
        case "css":
            content = css(usual, _selected(given, contexts))
        case "tailwind":
            content = tailwind(usual, _selected(given, contexts))
        case "swift":
            content, skipped = swift(usual)
        case "kotlin":
            content, skipped = kotlin(usual)
        case "json":
            content = flat_json(usual, {".".join(key): value for key, value in contexts.items()})
    return Export(
        format=given.format,
        file_name=_FILES[given.format],
        content=content,
        tokens=len(usual) - len(skipped),
        skipped=skipped,
    )


def token_tools() -> list[Tool[Any, Any]]:
    """List the tools."""
    shared: dict[str, Any] = {"is_read_only": True, "is_idempotent": True, "toolset": "tokens"}
    return [
        Tool(
            name="validate_tokens",
            title="Validate design tokens",
            description="Check design tokens (W3C DTCG 2025.10): names, types, values, references;"
            " with a resolver, in the contexts that are chosen.",
            arguments=ValidateTokens,
            result=Validity,
            run=validate_tokens,
            **shared,
        ),
        Tool(
            name="export_tokens",
            title="Export design tokens",
            description="Turn design tokens (W3C DTCG 2025.10) into CSS variables, a Tailwind"
            " theme, Swift, Kotlin or flat JSON. The contexts of a resolver's modifiers, such as"
            " dark, become rules of their own in CSS.",
            arguments=ExportTokens,
            result=Export,
            run=export_tokens,
            **shared,
        ),
    ]


def _resolver(given: Source) -> Resolver | None:
    return None if given.resolver is None else read_resolver(given.resolver, given.files)


def _document(given: Source, resolver: Resolver | None) -> dict[str, Any]:
    return resolver.tokens(given.contexts) if resolver is not None else given.tokens or {}


def _resolved(given: Source) -> tuple[list[Token], list[Problem]]:
    return resolve(_document(given, _resolver(given)))


def _sound(document: dict[str, Any]) -> list[Token]:
    tokens, problems = resolve(document)
    if problems:
        told = "; ".join(f"{one.path}: {one.message}" for one in problems[:_TOLD])
        more = f" (and {len(problems) - _TOLD} more)" if len(problems) > _TOLD else ""
        raise TokensInvalidError(f"The design tokens break the rules: {told}{more}")
    return tokens


def _others(given: Source, resolver: Resolver) -> dict[tuple[str, str], list[Token]]:
    """Give the tokens of each context that was not chosen, one modifier changed at a time."""
    found: dict[tuple[str, str], list[Token]] = {}
    for name, modifier in resolver.modifiers.items():
        chosen = resolver.context_of(name, modifier, given.contexts)
        for context in modifier.contexts:
            if context != chosen:
                found[name, context] = _sound(resolver.tokens({**given.contexts, name: context}))
    return found


def _selected(
    given: ExportTokens, contexts: dict[tuple[str, str], list[Token]]
) -> dict[str, Sequence[Token]]:
    selected: dict[str, Sequence[Token]] = {}
    for (name, context), tokens in contexts.items():
        usual = f'[data-{_attribute(name)}="{_attribute(context)}"]'
        selected[given.selectors.get(f"{name}.{context}", usual)] = tokens
    return selected


def _attribute(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in name).lower()
