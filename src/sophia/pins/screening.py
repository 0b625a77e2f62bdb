"""Which tools this process lets through: it knows the pins, and looks at them again and again."""

from collections.abc import Callable, Mapping
from uuid import UUID

from mcp_types import SERVER_INFO_META_KEY

from sophia.audit.journal import Deed, record
from sophia.core.messages import object_of
from sophia.kit import log, metrics
from sophia.kit.clock import Clock
from sophia.pins import repository
from sophia.pins.pinning import HELD, Origin, Pin, PinSet, State, following, reason_for
from sophia.store.database import Database, Writer
from sophia.store.errors import DatabaseUnavailableError
from sophia.toolbox.catalogue import Catalogue
from sophia.toolbox.definitions import Definition, definitions
from sophia.toolbox.listing import Listing
from sophia.toolbox.upstream import Upstream
from sophia.toolbox.wire import SEPARATOR

_LOOK_EVERY_S = 1.0
_TOLD_ONE_BY_ONE = 20

_logger = log.get("pins")


class Screening:
    """The catalogue's Screen: pins at first sight, holds back what differs from its pin."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        """Take where the pins are."""
        self._database = database
        self._clock = clock
        self._known: dict[Origin, PinSet] = {}
        self._used: set[Origin] = set()
        self._read: dict[str, tuple[Listing, Mapping[str, Definition]]] = {}
        # Servers whose last word could not be compared: the database was away.
        self._owed: set[str] = set()

    async def settle(self, upstream: Upstream, offered: Listing) -> None:
        """Compare what a server offers with the pins, and store what is another now."""
        origin, found = _origin(upstream, offered), self._definitions(upstream, offered)
        known = self._known.get(origin)
        is_settled = known is not None and all(
            _is_settled(known, one, origin) for one in found.values()
        )
        if is_settled and origin in self._used:
            return
        try:
            async with self._database.transaction() as writer:
                settled = await _settled(writer, origin, list(found.values()))
        except DatabaseUnavailableError:
            self._owed.add(upstream.name)
            return
        if settled is not None:
            self._known[origin], entered = settled
            self._used.add(origin)
            metrics.mcp_tools_quarantined.labels(upstream.name).inc(entered)

    def withheld(self, upstream: Upstream, offered: Listing) -> Mapping[str, str]:
        """Give the tools that nobody may have, each with the reason."""
        origin = _origin(upstream, offered)
        known = self._known.get(origin)
        pins: Mapping[str, Pin] = known.pins if known is not None else {}
        reasons = {
            name: reason_for(origin, definition, pins.get(definition.label))
            for name, definition in self._definitions(upstream, offered).items()
        }
        return {name: reason for name, reason in reasons.items() if reason is not None}

    async def run(self, catalogue: Catalogue) -> None:
        """Have the catalogue follow what is decided anywhere, as long as the process runs."""
        while True:
            await self._clock.sleep(_LOOK_EVERY_S)
            try:
                await self.look(catalogue.screen_again)
            except DatabaseUnavailableError:
                continue
            for server in self._owed:
                catalogue.expire(server)
            self._owed.clear()

    async def look(self, tell: Callable[[str], None]) -> None:
        """Read the sets that changed, and tell of whose they are."""
        changed: set[str] = set()
        async with self._database.reading() as reader:
            sets = await repository.revisions(reader)
            for origin, (set_id, revision) in sets.items():
                known = self._known.get(origin)
                if known is None or known.revision != revision:
                    pins = await repository.pins(reader, set_id)
                    self._known[origin] = PinSet(revision, pins)
                    changed.add(origin.server)
        self._known = {origin: known for origin, known in self._known.items() if origin in sets}
        latest = {origin.server: self._known[origin] for origin in sets}.values()
        held = [pin for known in latest for pin in known.pins.values() if pin.state in HELD]
        metrics.mcp_tools_in_quarantine.set(len(held))
        for server in changed:
            tell(server)

    def _definitions(self, upstream: Upstream, offered: Listing) -> Mapping[str, Definition]:
        read = self._read.get(upstream.name)
        if read is None or read[0] is not offered:
            read = self._read[upstream.name] = (offered, definitions(offered))
        return read[1]


def _origin(upstream: Upstream, offered: Listing) -> Origin:
    if upstream.registered_at is not None:
        return Origin(upstream.name, registered_at=upstream.registered_at)
    meta = object_of(offered.about.get("_meta"))
    said = object_of(meta.get(SERVER_INFO_META_KEY) or offered.about.get("serverInfo"))
    return Origin(upstream.name, version=str(said.get("version") or "")[:100])


def _is_settled(known: PinSet, definition: Definition, origin: Origin) -> bool:
    pin = known.pins.get(definition.label)
    return pin is not None and following(pin, definition, is_trusted=origin.is_ours) == pin


async def _settled(
    writer: Writer, origin: Origin, offered: list[Definition]
) -> tuple[PinSet, int] | None:
    """Store what became of the tools; gives the set and how many of them are held back from now."""
    is_first = await repository.begin(writer, origin)
    if is_first is None:
        return None
    set_id, revision = await repository.use(writer, origin)
    pins = await repository.pins(writer, set_id)
    changed: dict[str, Pin] = {}
    for definition in offered:
        is_trusted = origin.is_ours or (is_first and not definition.hides)
        pin = pins.get(definition.label)
        after = following(pin, definition, is_trusted=is_trusted)
        if after != pin:
            changed[definition.label] = after
    texts = {definition.label: definition.text for definition in offered}
    await repository.offer(
        writer, [_row(set_id, tool, pin, texts[tool]) for tool, pin in changed.items()]
    )
    await repository.forget(writer, set_id, offered=list(texts))
    # What is held back already and changes once more is no other entry: a server cannot fill the
    # journal by changing without end.
    entered = [
        tool
        for tool, pin in changed.items()
        if pin.state in HELD and (tool not in pins or pins[tool].state is not pin.state)
    ]
    pinned = [tool for tool, pin in changed.items() if pin.state is State.PINNED]
    await record(writer, *_deeds(origin, changed, entered, pinned))
    kept = {tool: pin for tool, pin in pins.items() if pin.hash is not None or tool in texts}
    return PinSet(revision, kept | changed), len(entered)


def _row(set_id: UUID, tool: str, pin: Pin, text: str) -> dict[str, object]:
    is_pinned = pin.state is State.PINNED
    return {
        "set_id": set_id,
        "tool": tool,
        "state": pin.state,
        "hash": pin.hash,
        "definition": text if is_pinned else None,
        "offered_hash": pin.offered_hash,
        "offered": None if is_pinned else text,
        "reason": pin.reason,
    }


def _deeds(
    origin: Origin, changed: Mapping[str, Pin], entered: list[str], pinned: list[str]
) -> list[Deed]:
    """Tell what Sophia did by itself."""
    deeds = [
        _deed("tool.quarantine", f"{origin.server}{SEPARATOR}{tool}", _why(pin), pin)
        for tool, pin in changed.items()
        if tool in entered[:_TOLD_ONE_BY_ONE]
    ]
    if more := len(entered) - len(deeds):
        deeds.append(_deed("tool.quarantine", origin.server, f"{more} tools more"))
    if pinned:
        deeds.append(_deed("tool.pin", origin.server, f"{len(pinned)} tools"))
    return deeds


def _why(pin: Pin) -> str:
    if pin.state is State.REFUSED:
        return "refused"
    return "added" if pin.hash is None else "changed"


def _deed(action: str, target: str, outcome: str, pin: Pin | None = None) -> Deed:
    return Deed(
        actor="assistant",
        action=action,
        via="catalogue",
        target=target,
        outcome=outcome,
        arguments_hash=pin.offered_hash if pin is not None else None,
    )
