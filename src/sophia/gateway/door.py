"""What one URL of the gateway shows: all servers under prefixed names, or one under its own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mcp.shared.uri_template import InvalidUriTemplate, UriTemplate
from mcp_types import INVALID_PARAMS

from sophia.core.messages import Json, JsonObject, object_of
from sophia.gateway.errors import RpcFaultError, ServerUnknownError, UpstreamFailedError
from sophia.toolbox.catalogue import Shelf
from sophia.toolbox.wire import SEPARATOR


@dataclass(frozen=True, slots=True)
class Door:
    """The servers behind a URL. `server`: the one, under its own names."""

    shelves: Sequence[Shelf]
    server: str | None = None

    @classmethod
    def to(cls, shelves: Sequence[Shelf], server: str | None) -> "Door":
        """Open the door to one server, or to all; raises ServerUnknownError."""
        if server is None:
            return cls(shelves)
        chosen = [shelf for shelf in shelves if shelf.upstream.name == server]
        if not chosen:
            known = ", ".join(shelf.upstream.name for shelf in shelves)
            raise ServerUnknownError(f"There is no MCP server {server[:80]!r}: there are {known}.")
        return cls(chosen, server)

    def name_shown(self, server: str, name: str) -> str:
        """Give the name under which a server's tool or prompt is shown."""
        return name if self.server else f"{server}{SEPARATOR}{name}"

    def behind(self, name: str) -> tuple[Shelf, str]:
        """Give the server that has a tool or prompt, and its name there; raises RpcFaultError."""
        if self.server:
            return self.shelves[0], name
        server, separator, own = name.partition(SEPARATOR)
        for shelf in self.shelves:
            if separator and shelf.upstream.name == server:
                return shelf, own
        raise RpcFaultError.of(
            INVALID_PARAMS,
            f"There is no {name[:80]!r}: names are SERVER{SEPARATOR}NAME, and the servers are"
            f" {', '.join(shelf.upstream.name for shelf in self.shelves)}.",
        )

    def items(self, member: str) -> Iterator[tuple[Shelf, JsonObject]]:
        """Give what the servers list; raises UpstreamFailedError when none of them can be asked.

        A server that was never reached is no empty list: behind a door of its own it is an error.
        """
        self.require_some()
        for shelf in self.shelves:
            if shelf.listing is not None:
                for item in shelf.listing.items.get(member, ()):
                    yield shelf, item

    def require_some(self) -> None:
        """Refuse to speak where no server was ever reached; raises UpstreamFailedError."""
        if all(shelf.listing is None for shelf in self.shelves):
            raise UpstreamFailedError(self.failures())

    def failures(self) -> str:
        """Say which servers are away, and why."""
        return " ".join(
            f"{shelf.upstream.title} (the {shelf.upstream.name} server):"
            f" {shelf.failure.message if shelf.failure else 'it has not answered yet.'}"
            for shelf in self.shelves
            if shelf.listing is None
        )

    def away(self) -> dict[str, Json]:
        """Give the servers whose part is missing from every list, and why."""
        return {
            shelf.upstream.name: shelf.failure.message if shelf.failure else "not reached yet"
            for shelf in self.shelves
            if shelf.listing is None
        }

    def owner_of(self, uri: str) -> Shelf:
        """Give the server that has a resource; raises RpcFaultError."""
        if self.server:
            return self.shelves[0]
        for shelf in self.shelves:
            if shelf.listing is not None and _has(shelf.listing.items, uri):
                return shelf
        raise RpcFaultError.of(
            INVALID_PARAMS,
            f"There is no resource {uri[:200]!r}: resources/list gives those that there are.",
            {"uri": uri},
        )


def capabilities_of(shelves: Iterable[Shelf]) -> dict[str, Json]:
    """Say what the servers together can do. Changes are told by the gateway itself."""
    found: dict[str, Json] = {}
    for shelf in shelves:
        if shelf.listing is None:
            continue
        for name, told in shelf.listing.capabilities.items():
            if name in {"tools", "prompts"}:
                found[name] = {"listChanged": True}
            elif name == "resources":
                earlier = found.get(name)
                is_subscribed = any(
                    object_of(one).get("subscribe") is True for one in (told, earlier)
                )
                found[name] = {"listChanged": True, "subscribe": is_subscribed}
            elif name in {"completions", "logging"}:
                found[name] = {}
    return found


def _has(items: Mapping[str, Sequence[JsonObject]], uri: str) -> bool:
    if any(resource.get("uri") == uri for resource in items.get("resources", ())):
        return True
    return any(
        _fits(str(template.get("uriTemplate", "")), uri)
        for template in items.get("resourceTemplates", ())
    )


def _fits(template: str, uri: str) -> bool:
    try:
        return UriTemplate.parse(template).match(uri) is not None
    except InvalidUriTemplate:
        return False
