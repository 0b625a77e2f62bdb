"""What one server offers, as it says so itself."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import cast

from mcp_types import METHOD_NOT_FOUND

from sophia.core.messages import Json, JsonObject, ToolSpec, object_of
from sophia.core.ports import Person
from sophia.toolbox.errors import AnswerInvalidError, RpcAnswerError
from sophia.toolbox.exchange import Request
from sophia.toolbox.upstream import Upstream
from sophia.toolbox.wire import specs_of

_TIMEOUT_S = 5.0
_MAX_PAGES = 20
# The capability without which there is nothing to list, the member that holds the list, its method.
_LISTS = (
    ("tools", "tools", "tools/list"),
    ("resources", "resources", "resources/list"),
    ("resources", "resourceTemplates", "resources/templates/list"),
    ("prompts", "prompts", "prompts/list"),
)

_CHANGES: JsonObject = {
    "toolsListChanged": True,
    "promptsListChanged": True,
    "resourcesListChanged": True,
}


@dataclass(frozen=True, slots=True)
class Listing:
    """A server's own words of itself, and its tools as the core sees them, in the same order."""

    about: JsonObject = field(default_factory=dict[str, Json])
    specs: tuple[ToolSpec, ...] = ()
    items: Mapping[str, tuple[JsonObject, ...]] = field(
        default_factory=dict[str, tuple[JsonObject, ...]]
    )

    @property
    def capabilities(self) -> JsonObject:
        """Give what it says it can do."""
        return object_of(self.about.get("capabilities"))

    def unlike(self, other: "Listing") -> frozenset[str]:
        """Name the lists in which they differ: `tools`, `resources`, `prompts`."""
        return frozenset(
            needs
            for needs, member, _ in _LISTS
            if self.items.get(member, ()) != other.items.get(member, ())
        )

    @property
    def tells_changes(self) -> bool:
        """Say whether it tells when it lists something else."""
        return any(
            object_of(told).get("listChanged") is True for told in self.capabilities.values()
        )


async def follow(upstream: Upstream, *, caller: Person) -> AsyncGenerator[str]:
    """Yield the list that a server says it changed, each time; raises ServerFailedError."""
    request = Request("subscriptions/listen", {"notifications": _CHANGES})
    async with aclosing(upstream.listen(request, caller=caller)) as told:
        async for method, _ in told:
            _, _, changed = method.removesuffix("/list_changed").partition("/")
            if method.endswith("/list_changed"):
                yield changed


async def fetch(upstream: Upstream, *, caller: Person) -> Listing:
    """Ask a server what it offers; raises ServerFailedError."""
    about = await upstream.request(
        Request("server/discover", {}), caller=caller, timeout_s=_TIMEOUT_S
    )
    capabilities = about.get("capabilities")
    if not isinstance(capabilities, Mapping):
        raise AnswerInvalidError
    wanted = [(member, method) for needs, member, method in _LISTS if needs in capabilities]
    lists = await asyncio.gather(
        *(_pages(upstream, member, method, caller=caller) for member, method in wanted)
    )
    items = {member: found for (member, _), found in zip(wanted, lists, strict=True)}
    specs = specs_of(upstream.name, items.get("tools", ()))
    return Listing(about, tuple(specs), items)


async def _pages(
    upstream: Upstream, member: str, method: str, *, caller: Person
) -> tuple[JsonObject, ...]:
    found: list[JsonObject] = []
    params: dict[str, Json] = {}
    for _ in range(_MAX_PAGES):
        try:
            page = await upstream.request(
                Request(method, params), caller=caller, timeout_s=_TIMEOUT_S
            )
        except RpcAnswerError as error:
            if error.rpc_code == METHOD_NOT_FOUND:
                return ()  # resource templates are optional within their capability
            raise
        found += _members(page, member)
        cursor = page.get("nextCursor")
        if cursor is None:
            return tuple(found)
        params = {"cursor": cursor}
    raise AnswerInvalidError(f"Its answer to {method} has more than {_MAX_PAGES} pages.")


def _members(page: JsonObject, member: str) -> Sequence[JsonObject]:
    members = page.get(member)
    if not isinstance(members, list) or not all(isinstance(one, dict) for one in members):
        raise AnswerInvalidError(f"Its list of {member} was not understood.")
    return cast("list[JsonObject]", members)
