"""What a server says of a tool: in one canonical form, by its hash, and fit to be shown."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sophia.core.messages import Json, JsonObject
from sophia.kit import hidden
from sophia.toolbox import names
from sophia.toolbox.listing import Listing
from sophia.toolbox.schemas import fault_of
from sophia.toolbox.wire import specs_of

MAX_TOOLS = 1000
_MAX_BYTES = 64 * 1024
_MAX_DEPTH = 64
# A regular expression without what it hides would be another one: that is written out instead.
_PATTERN, _BY_PATTERN = "pattern", "patternProperties"
# By these a client names what it wants: they stand as they are, or their item is not listed.
_ADDRESSES = frozenset({"name", "uri", "uriTemplate"})


@dataclass(frozen=True, slots=True)
class Definition:
    """All that a server says of one tool, hidden characters and all.

    `label` is its name as people can read it; `fault` says why nobody can have it at all.
    """

    name: str
    label: str
    text: str
    hash: str
    fault: str | None = None

    @property
    def hides(self) -> bool:
        """Say whether it holds what nobody sees."""
        return hides(json.loads(self.text)) if self.text else False


def definitions(listing: Listing) -> Mapping[str, Definition]:
    """Read the definitions of a listing's tools, by their names as the server has them."""
    tools = listing.items.get("tools", ())
    faults = dict(names.faults([str(tool["name"]) for tool in tools]))
    for tool in tools[MAX_TOOLS:]:
        faults.setdefault(str(tool["name"]), f"its server has more than {MAX_TOOLS} tools")
    return {str(tool["name"]): _definition(tool, faults) for tool in tools}


def _definition(tool: JsonObject, faults: Mapping[str, str]) -> Definition:
    name = str(tool["name"])
    label = hidden.marked(name)[:200]
    text, fault = "", faults.get(name)
    if _is_deeper(tool, _MAX_DEPTH):
        fault = fault or f"its definition is nested deeper than {_MAX_DEPTH}"
    else:
        text = canonical(tool)
    if len(text) > _MAX_BYTES:
        text, fault = "", fault or f"its definition is larger than {_MAX_BYTES // 1024} KiB"
    fault = fault or _fault_of_schemas(tool)
    digest = hashlib.sha256((text or f"{label}: {fault}").encode()).hexdigest()
    return Definition(name, label, text, digest, fault)


def _fault_of_schemas(tool: JsonObject) -> str | None:
    for member in ("inputSchema", "outputSchema"):
        if member in tool and (fault := fault_of(tool[member])) is not None:
            return f"its {member} {hidden.marked(fault)[:200]}"
    return None


def canonical(value: Json) -> str:
    """Write JSON in one form: sorted, without spaces, in ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def shown(server: str, offered: Listing, withheld: Mapping[str, str]) -> Listing:
    """Give a listing as models and clients see it: without these tools and without what is hidden.

    `withheld`: tools by their own names.
    """
    items = {
        member: tuple(
            {**cleaned(item), **{name: item[name] for name in _ADDRESSES if name in item}}
            for item in listed
            if _is_named_openly(item) and not (member == "tools" and item["name"] in withheld)
        )
        for member, listed in offered.items.items()
    }
    specs = tuple(specs_of(server, items.get("tools", ())))
    return replace(offered, about=cleaned(offered.about), specs=specs, items=items)


def cleaned(value: JsonObject, *, depth: int = _MAX_DEPTH) -> dict[str, Json]:
    """Leave out of all texts of an object what nobody sees, and what is nested too deep."""
    return {hidden.stripped(name): _member(name, one, depth - 1) for name, one in value.items()}


def hides(value: Json) -> bool:
    """Say whether any text in a value hides something."""
    match value:
        case str():
            return hidden.hides(value)
        case Mapping():
            return any(hidden.hides(name) or hides(one) for name, one in value.items())
        case Sequence():
            return any(hides(one) for one in value)
        case _:
            return False


def _member(name: str, value: Json, depth: int) -> Json:
    if name == _PATTERN and isinstance(value, str):
        return hidden.escaped(value)
    if name == _BY_PATTERN and isinstance(value, Mapping):
        return {hidden.escaped(pattern): _cleaned(one, depth) for pattern, one in value.items()}
    return _cleaned(value, depth)


def _cleaned(value: Json, depth: int) -> Json:
    match value:
        case str():
            return hidden.stripped(value)
        case Mapping():
            return cleaned(value, depth=depth) if depth > 0 else {}
        case Sequence():
            return [_cleaned(one, depth - 1) for one in value] if depth > 0 else []
        case _:
            return value


def _is_named_openly(item: JsonObject) -> bool:
    return not any(hidden.named(str(item[name])) for name in _ADDRESSES if name in item)


def _is_deeper(value: Json, depth: int) -> bool:
    """Say whether a value is nested deeper; it is walked without recursion."""
    level: list[Json] = [value]
    for _ in range(depth):
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return False
    return bool(level)


def _inside(value: Json) -> Sequence[Json]:
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else ()
