"""Which tools a client is shown, and which one it means by a name.

A tool is shown under its server's name before its own, or as the operator says. Where there are
more than a model can read, two tools stand for all: one finds, one calls.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mcp_types import INVALID_PARAMS

from sophia.core.messages import JsonObject, ToolSpec
from sophia.core.permission import Verdict, verdict_on
from sophia.gateway.door import Door
from sophia.gateway.errors import RpcFaultError, ToolDeniedError, UpstreamFailedError
from sophia.gateway.overrides import PLAIN, Overrides
from sophia.gateway.rules import RuleBook
from sophia.identity.schemas import Viewer
from sophia.toolbox.catalogue import Shelf
from sophia.toolbox.wire import SEPARATOR

FIND = "sophia__find_tools"
CALL = "sophia__call_tool"
_NEAREST = 3
_LONGEST_HINT = 20
_SEARCH: Sequence[JsonObject] = (
    {
        "name": FIND,
        "title": "Find tools",
        "description": "Find the tools that fit what you want to do, with their input schemas."
        " There are too many to list: look here before you say that something cannot be done.",
        "inputSchema": {
            "type": "object",
            "additionalProperties": False,
            "required": ["query"],
            "properties": {
                "query": {"type": "string", "description": "A few words, such as: merge request"},
                "limit": {"type": "integer", "minimum": 1, "maximum": 20, "default": 5},
            },
        },
        "annotations": {"readOnlyHint": True, "idempotentHint": True, "openWorldHint": False},
    },
    {
        "name": CALL,
        "title": "Call a found tool",
        "description": f"Call a tool that {FIND} found, by its name and with the arguments that its"
        " input schema asks for.",
        "inputSchema": {
            "type": "object",
            "additionalProperties": False,
            "required": ["name"],
            "properties": {"name": {"type": "string"}, "arguments": {"type": "object"}},
        },
    },
)


@dataclass(frozen=True, slots=True)
class ShownTool:
    """A tool as a client sees it, and what it is."""

    definition: JsonObject
    shelf: Shelf
    spec: ToolSpec
    own_name: str


class Showing:
    """What each viewer is shown."""

    def __init__(self, rules: RuleBook, overrides: Overrides, *, search_above: int) -> None:
        """Take what the operator says, and from how many tools on a search stands for the list."""
        self._rules = rules
        self._overrides = overrides
        self._search_above = search_above

    async def listed(self, door: Door, viewer: Viewer) -> Sequence[JsonObject]:
        """Give the definitions to list."""
        offered = await self.offered(door, viewer)
        if door.server is None and len(offered) > self._search_above:
            return _SEARCH
        return offered

    async def offered(self, door: Door, viewer: Viewer) -> Sequence[JsonObject]:
        """Give the definitions of all that can be used; a server's own door tells what cannot."""
        shown = await self.all(door, viewer)
        return [
            tool.definition
            for tool in shown.values()
            if door.server is not None or tool.spec.missing is None
        ]

    async def all(self, door: Door, viewer: Viewer) -> Mapping[str, ShownTool]:
        """Give every tool that a viewer may use, by the name that it is shown under.

        A name is never given twice: who was there first keeps it.
        """
        rules, looks = await self._rules.of(viewer), await self._overrides.of(viewer)
        shown: dict[str, ShownTool] = {}
        for shelf, item, spec in _offers(door):
            look = looks.get(spec.name, PLAIN)
            if look.is_hidden or verdict_on(spec, rules) is Verdict.DENY:
                continue
            own = str(item["name"])
            name = look.name or door.name_shown(shelf.upstream.name, own)
            changed = {} if look.description is None else {"description": look.description}
            definition = {**item, "name": name, **changed}
            shown.setdefault(name, ShownTool(definition, shelf, spec, own))
        return shown

    async def meant(self, name: str, door: Door, viewer: Viewer) -> ShownTool:
        """Give the tool that a client means; raises RpcFaultError, UpstreamFailedError."""
        shown = await self.all(door, viewer)
        found = shown.get(name)
        if found is not None:
            return found
        shelf, _ = door.behind(name)
        if shelf.listing is None:
            raise UpstreamFailedError(Door([shelf]).failures())
        await self._require_not_withheld(name, door, viewer)
        for one, item, spec in _offers(door):
            if name == door.name_shown(one.upstream.name, str(item["name"])):
                message = f"The operator's rules do not allow {name} to you. It was not run."
                raise ToolDeniedError(message, spec=spec)
        near = difflib.get_close_matches(name, shown, n=_NEAREST)
        hint = f"there are {', '.join(list(shown)[:_LONGEST_HINT])}."
        if near:
            hint = f"did you mean {' or '.join(near)}?"
        raise RpcFaultError.of(INVALID_PARAMS, f"There is no tool {name[:80]!r}: {hint}")

    async def _require_not_withheld(self, name: str, door: Door, viewer: Viewer) -> None:
        """Say so if a tool is held back, by whichever name it was shown; raises RpcFaultError."""
        looks = await self._overrides.of(viewer)
        for shelf, full, reason in _withheld(door):
            own = full.partition(SEPARATOR)[2]
            by_door = door.name_shown(shelf.upstream.name, own)
            if name in {looks.get(full, PLAIN).name, by_door}:
                raise RpcFaultError.of(INVALID_PARAMS, reason)


def _withheld(door: Door) -> list[tuple[Shelf, str, str]]:
    return [(one, full, reason) for one in door.shelves for full, reason in one.withheld.items()]


def _offers(door: Door) -> list[tuple[Shelf, JsonObject, ToolSpec]]:
    door.require_some()
    return [
        (shelf, item, spec)
        for shelf in door.shelves
        if shelf.listing is not None
        for item, spec in zip(
            shelf.listing.items.get("tools", ()), shelf.listing.specs, strict=True
        )
    ]
