"""The tools for Codacy's analysers, what they look for, and the gates."""

from typing import Any, Self

from pydantic import BaseModel, Field

from sophia.servers.call import Call
from sophia.servers.codacy.client import Codacy
from sophia.servers.codacy.handles import Repo, Repository
from sophia.servers.codacy.raw import (
    RawConfigured,
    RawPatternWhole,
    RawRepositoryTool,
    RawTool,
    RawToolWhole,
)
from sophia.servers.codacy.schemas import LEVELS, Severity, severity_of
from sophia.servers.output import Page
from sophia.servers.parts import Tool
from sophia.servers.vendor.brief import Cursor, Limit, by_cursor, by_page, snippet
from sophia.servers.vendor.errors import HandleError
from sophia.servers.vendor.offering import Asked, reads
from sophia.servers.vendor.reading import read_many, read_one

_CATEGORIES = (
    *("Security", "ErrorProne", "CodeStyle"),
    *("Compatibility", "UnusedCode", "Performance"),
)
_TEXT_CHARS = 1_500
_EXAMPLES = 2
_EMPTY_TOOLS = 20
_MOST = 100


class ListTools(Asked):
    """The arguments of list_tools."""

    limit: Limit = 50
    cursor: Cursor = None


class RepositoryToolsAsked(Asked):
    """The arguments of list_repository_tools."""

    repo: Repo = None
    limit: Limit = 50
    cursor: Cursor = None


class Patterns(Asked):
    """The arguments of get_code_patterns."""

    pattern_type: str | None = Field(
        default=None, max_length=50, description=f"One of {', '.join(_CATEGORIES)}."
    )
    repo: Repo = None
    tool: str | None = Field(
        default=None, max_length=100, description="Name or uuid; default: all that are enabled."
    )
    severity: Severity | None = None
    search: str | None = Field(default=None, max_length=200)
    is_enabled: bool | None = Field(default=True, description="null: those switched off too.")
    limit: Limit = 30
    cursor: Cursor = None


class OnePattern(Asked):
    """The arguments of get_pattern."""

    tool: str = Field(min_length=1, max_length=100, description="Name or uuid.")
    rule: str = Field(
        pattern=r"^[^/?#\s]{1,200}$", description="As get_code_patterns and list_issues give it."
    )


class ToolOut(BaseModel):
    """One of Codacy's analysers."""

    uuid: str
    name: str
    short_name: str
    version: str
    languages: list[str]
    is_client_side: bool
    is_enabled_at_first: bool
    url: str | None


class ToolsOut(Page):
    """Codacy's analysers."""

    tools: list[ToolOut]


class RepositoryToolOut(BaseModel):
    """An analyser as a repository has it."""

    uuid: str
    name: str
    is_enabled: bool
    is_client_side: bool
    follows_standard: bool
    has_configuration_file: bool
    uses_configuration_file: bool


class RepositoryToolsOut(Page):
    """The analysers of a repository."""

    tools: list[RepositoryToolOut]


class PatternOut(BaseModel):
    """Something that an analyser looks for."""

    rule: str
    tool: str
    title: str
    category: str
    kind: str | None
    severity: str
    is_enabled: bool
    languages: list[str]
    description: str

    @classmethod
    def of(cls, raw: RawPatternWhole, *, tool: str, is_enabled: bool) -> Self:
        """Take what matters."""
        return cls(
            rule=raw.id,
            tool=tool,
            title=raw.title or "",
            category=raw.category,
            kind=raw.sub_category,
            severity=severity_of(raw.severity_level),
            is_enabled=is_enabled,
            languages=raw.languages or [],
            description=snippet(raw.description),
        )


class PatternInfo(PatternOut):
    """Something that an analyser looks for, explained."""

    explanation: str
    rationale: str
    solution: str
    good_examples: list[str]
    bad_examples: list[str]
    tags: list[str]


class PatternsOut(Page):
    """What analysers look for."""

    patterns: list[PatternOut]


class PatternTools:
    """What the tools do."""

    def __init__(self, codacy: Codacy) -> None:
        """Take whom to ask."""
        self._codacy = codacy

    async def list_tools(self, given: ListTools, _call: Call) -> ToolsOut:
        """List all analysers that Codacy has."""

        async def ask(after: str | None, size: int) -> tuple[list[ToolOut], str | None]:
            found, following = await self._codacy.page("/tools", after=after, size=size)
            return [_tool(raw) for raw in read_many(RawToolWhole, found)], following

        kept, following = await by_cursor(ask, limit=given.limit, cursor=given.cursor)
        return ToolsOut(tools=kept, next_cursor=following)

    async def list_repository_tools(
        self, given: RepositoryToolsAsked, _call: Call
    ) -> RepositoryToolsOut:
        """List the analysers of a repository."""
        raws = await self._tools_of(await self._codacy.repository(given.repo))

        async def ask(page: int, size: int) -> tuple[list[RepositoryToolOut], bool]:
            # They come all at once.
            start = (page - 1) * size
            kept = [_repository_tool(raw) for raw in raws[start : start + size]]
            return kept, start + size < len(raws)

        kept, following = await by_page(ask, limit=given.limit, cursor=given.cursor)
        return RepositoryToolsOut(tools=kept, next_cursor=following)

    async def get_code_patterns(self, given: Patterns, _call: Call) -> PatternsOut:
        """List what the analysers of a repository look for, one analyser after the other."""
        repository = await self._codacy.repository(given.repo)
        there = await self._tools_of(repository)
        tools = [_named(there, given.tool)] if given.tool else _enabled(there)
        asked = {
            "categories": _category(given.pattern_type) if given.pattern_type else None,
            "severityLevels": LEVELS[given.severity] if given.severity else None,
            "search": given.search,
            "enabled": given.is_enabled,
        }

        async def ask(after: str | None, size: int) -> tuple[list[PatternOut], str | None]:
            at, inner = _split(after)
            for _ in range(_EMPTY_TOOLS):
                if at >= len(tools):
                    break
                path = f"/analysis{repository.path}/tools/{tools[at].uuid}/patterns"
                found, inner = await self._codacy.page(path, after=inner, size=size, **asked)
                name = tools[at].name
                at += inner is None
                if found:
                    kept = [_configured(raw, name) for raw in read_many(RawConfigured, found)]
                    return kept, f"{at} {inner or ''}" if at < len(tools) else None
            return [], f"{at} {inner or ''}" if at < len(tools) else None

        kept, following = await by_cursor(ask, limit=given.limit, cursor=given.cursor)
        return PatternsOut(patterns=kept, next_cursor=following)

    async def get_pattern(self, given: OnePattern, _call: Call) -> PatternInfo:
        """Explain what an analyser looks for."""
        tool = await self._any_tool(given.tool)
        found = await self._codacy.one(f"/tools/{tool.uuid}/patterns/{given.rule}")
        raw = read_one(RawPatternWhole, found)
        brief = PatternOut.of(raw, tool=tool.name, is_enabled=raw.enabled)
        return PatternInfo(
            **brief.model_dump(),
            explanation=_text(raw.explanation),
            rationale=_text(raw.rationale),
            solution=_text(raw.solution),
            good_examples=[_text(one) for one in (raw.good_examples or [])[:_EXAMPLES]],
            bad_examples=[_text(one) for one in (raw.bad_examples or [])[:_EXAMPLES]],
            tags=raw.tags or [],
        )

    async def _tools_of(self, repository: Repository) -> list[RawRepositoryTool]:
        found = await self._codacy.one(f"/analysis{repository.path}/tools")
        return read_many(RawRepositoryTool, found)

    async def _any_tool(self, written: str) -> RawTool:
        """Find an analyser among all that Codacy has; raises HandleError."""
        tools, after = list[RawTool](), None
        for _ in range(_EMPTY_TOOLS):
            found, after = await self._codacy.page("/tools", after=after, size=_MOST)
            tools += read_many(RawTool, found)
            if after is None:
                break
        return _named(tools, written)

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools as they are offered."""
        shared = reads("tools")
        return [
            Tool(
                name="list_tools",
                title="List analysers",
                description="List the analysers that Codacy has, with their languages.",
                arguments=ListTools,
                result=ToolsOut,
                run=self.list_tools,
                **shared,
            ),
            Tool(
                name="list_repository_tools",
                title="List the analysers of a repository",
                description="List the analysers of a repository: which are switched on, and which"
                " heed a configuration file of the repository.",
                arguments=RepositoryToolsAsked,
                result=RepositoryToolsOut,
                run=self.list_repository_tools,
                **shared,
            ),
            Tool(
                name="get_code_patterns",
                title="List what is looked for",
                description="List the code patterns that a repository's analysers look for, by"
                " type, severity or words.",
                arguments=Patterns,
                result=PatternsOut,
                run=self.get_code_patterns,
                **shared,
            ),
            Tool(
                name="get_pattern",
                title="Explain a rule",
                description="Explain a code pattern: why it matters and how to do it better.",
                arguments=OnePattern,
                result=PatternInfo,
                run=self.get_pattern,
                **shared,
            ),
        ]


def _tool(raw: RawToolWhole) -> ToolOut:
    return ToolOut(
        uuid=raw.uuid,
        name=raw.name,
        short_name=raw.short_name,
        version=raw.version,
        languages=raw.languages,
        is_client_side=raw.client_side,
        is_enabled_at_first=raw.enabled_by_default,
        url=raw.documentation_url,
    )


def _repository_tool(raw: RawRepositoryTool) -> RepositoryToolOut:
    return RepositoryToolOut(
        uuid=raw.uuid,
        name=raw.name,
        is_client_side=raw.is_client_side,
        **raw.settings.model_dump(),
    )


def _configured(raw: RawConfigured, tool: str) -> PatternOut:
    return PatternOut.of(raw.pattern_definition, tool=tool, is_enabled=raw.enabled)


def _enabled(tools: list[RawRepositoryTool]) -> list[RawRepositoryTool]:
    return [tool for tool in tools if tool.settings.is_enabled]


def _named[T: RawTool](tools: list[T], written: str) -> T:
    """Give the analyser of a name or uuid; raises HandleError, which lists those there are."""
    wanted = written.strip().lower()
    found = [tool for tool in tools if wanted in {tool.uuid.lower(), tool.name.lower()}]
    if len(found) != 1:
        names = ", ".join(sorted(tool.name for tool in tools))
        raise HandleError(f"There is no analyser {written}; there are {names or 'none'}.")
    return found[0]


def _category(written: str) -> str:
    """Give Codacy's name of a category, however it is written; raises HandleError."""
    wanted = written.lower().replace("_", "").replace(" ", "").replace("-", "")
    found = next((name for name in _CATEGORIES if name.lower() == wanted), None)
    if found is None:
        raise HandleError(f"There is no type {written}; there are {', '.join(_CATEGORIES)}.")
    return found


def _split(after: str | None) -> tuple[int, str | None]:
    """Read which analyser is next, and Codacy's cursor within it."""
    at, _, inner = (after or "0").partition(" ")
    return int(at) if at.isdecimal() else 0, inner or None


def _text(text: str | None) -> str:
    kept = text or ""
    return kept if len(kept) <= _TEXT_CHARS else f"{kept[:_TEXT_CHARS]}…"
