"""Resolver documents (DTCG 2025.10, Resolver): sets of tokens, and modifiers such as a theme."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sophia.servers.uiux.errors import ContextUnknownError, TokensInvalidError
from sophia.servers.uiux.tokens.document import Json, merged, steps_of

type Source = dict[str, Any]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    description: str | None = Field(default=None, alias="description")
    extensions: dict[str, Any] = Field(default_factory=dict, alias="$extensions")


class TokenSet(_Part):
    """Documents that are always there, later ones over earlier ones."""

    sources: list[Source]


class Modifier(_Part):
    """Documents of which one context is chosen."""

    contexts: dict[str, list[Source]] = Field(min_length=2)
    default: str | None = None

    @model_validator(mode="after")
    def _default_is_there(self) -> "Modifier":
        if self.default is not None and self.default not in self.contexts:
            raise ValueError(f"its default {self.default} is none of its contexts")
        return self


class ResolverDocument(BaseModel):
    """A resolver document."""

    model_config = ConfigDict(extra="forbid")

    schema_: str | None = Field(default=None, alias="$schema")
    definitions: dict[str, Any] = Field(default_factory=dict, alias="$defs")
    name: str | None = None
    description: str | None = None
    version: str = Field(pattern=r"^2025\.10$")
    sets: dict[str, TokenSet] = Field(default_factory=dict[str, TokenSet])
    modifiers: dict[str, Modifier] = Field(default_factory=dict[str, Modifier])
    order: list[dict[str, Any]] = Field(alias="resolutionOrder", min_length=1)


@dataclass(frozen=True, slots=True)
class Resolver:
    """A resolver document, read, with the files that it names."""

    parts: Sequence[tuple[str, TokenSet | Modifier]]
    document: ResolverDocument
    files: Mapping[str, Json]

    @property
    def modifiers(self) -> dict[str, Modifier]:
        """Give the modifiers by name, in their order."""
        return {name: part for name, part in self.parts if isinstance(part, Modifier)}

    def tokens(self, chosen: Mapping[str, str]) -> dict[str, Any]:
        """Give the document of tokens for a context of each modifier; raises ContextUnknownError.

        Raises TokensInvalidError for a source that is not there.
        """
        for name in chosen:
            if name not in self.modifiers:
                raise ContextUnknownError(
                    f"There is no modifier {name}; there are {', '.join(self.modifiers) or 'none'}."
                )
        result: dict[str, Any] = {}
        for name, part in self.parts:
            if isinstance(part, TokenSet):
                sources = part.sources
            else:
                sources = part.contexts[self.context_of(name, part, chosen)]
            for source in self._documents(sources, ()):
                result = merged(result, source)
        return result

    @staticmethod
    def context_of(name: str, modifier: Modifier, chosen: Mapping[str, str]) -> str:
        """Give the context that holds for a modifier; raises ContextUnknownError."""
        wanted = chosen.get(name, modifier.default)
        if wanted is None or wanted not in modifier.contexts:
            raise ContextUnknownError(
                f"Choose a context of {name}: {', '.join(modifier.contexts)}."
            )
        return wanted

    def _documents(self, sources: Sequence[Source], open_: tuple[str, ...]) -> Iterator[Json]:
        for source in sources:
            reference = source.get("$ref")
            if not isinstance(reference, str):
                yield source
            elif reference in open_:
                raise TokensInvalidError(f"A set refers to itself: {reference}.")
            elif reference.startswith("#/sets/"):
                inner = self.document.sets.get(next(steps_of(reference.replace("#/sets/", "#/"))))
                if inner is None:
                    raise TokensInvalidError(f"There is no set {reference}.")
                yield from self._documents(inner.sources, (*open_, reference))
            elif reference in self.files:
                yield self.files[reference]
            else:
                raise TokensInvalidError(
                    f"The source {reference} is not there: hand its content over in files."
                )


def read_resolver(raw: Json, files: Mapping[str, Json]) -> Resolver:
    """Read a resolver document; raises TokensInvalidError."""
    try:
        document = ResolverDocument.model_validate(raw)
        parts = [_part(one, document) for one in document.order]
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise TokensInvalidError(f"The resolver is wrong at {place}: {first['msg']}.") from error
    return Resolver(parts, document, files)


def _part(entry: Json, document: ResolverDocument) -> tuple[str, TokenSet | Modifier]:
    reference = entry.get("$ref")
    if isinstance(reference, str):
        kind, _, name = reference.removeprefix("#/").partition("/")
        found = {"sets": document.sets, "modifiers": document.modifiers}.get(kind, {}).get(name)
        if found is None:
            raise TokensInvalidError(f"The resolution order names {reference}, which is not there.")
        return name, found
    fields = {key: value for key, value in entry.items() if key not in ("name", "type")}
    name: object = entry.get("name")
    if not isinstance(name, str) or not name:
        raise TokensInvalidError("What stands in the resolution order itself needs a name.")
    if entry.get("type") == "set":
        return name, TokenSet.model_validate(fields)
    if entry.get("type") == "modifier":
        return name, Modifier.model_validate(fields)
    raise TokensInvalidError(f"{name} in the resolution order is of the type set or modifier.")
