"""What becomes of a tool's pin when its server offers the tool: decided by code alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sophia.toolbox.definitions import Definition


class State(StrEnum):
    """How a tool stands."""

    PINNED = "pinned"
    CHANGED = "changed"
    REJECTED = "rejected"
    REFUSED = "refused"


# Nobody can have a tool that stands so, whatever it is offered as.
HELD = frozenset({State.CHANGED, State.REFUSED})


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose tools: a server of ours in one version, or a server as it was registered once."""

    server: str
    version: str = ""
    registered_at: datetime | None = None

    @property
    def is_ours(self) -> bool:
        """Say whether it is one of Sophia's own."""
        return self.registered_at is None


@dataclass(frozen=True, slots=True)
class Pin:
    """A tool: the hash of what was approved, if anything, and of what is offered instead."""

    state: State
    hash: str | None = None
    offered_hash: str | None = None
    reason: str | None = None

    def admits(self, definition: Definition) -> bool:
        """Say whether the tool can be had as it is offered."""
        is_approved = definition.hash == self.hash and definition.fault is None
        return is_approved and self.state not in HELD


@dataclass(frozen=True, slots=True)
class PinSet:
    """The pins of one origin; the revision is another after each change."""

    revision: UUID
    pins: Mapping[str, Pin] = field(default_factory=dict[str, Pin])


def following(pin: Pin | None, offered: Definition, *, is_trusted: bool) -> Pin:
    """Give the pin after a tool was offered like this.

    What was held back once stays so until somebody decides, also when the server takes the change
    back. `is_trusted`: what has no pin yet gets one.
    """
    approved = pin.hash if pin is not None else None
    if offered.fault is not None:
        return Pin(State.REFUSED, approved, offered.hash, offered.fault)
    if pin is None or (pin.state is State.REFUSED and approved is None):
        if is_trusted:
            return Pin(State.PINNED, offered.hash)
        return Pin(State.CHANGED, None, offered.hash)
    if offered.hash == approved:
        return Pin(State.PINNED, approved) if pin.state is State.REFUSED else pin
    if pin.state is not State.REFUSED and offered.hash == pin.offered_hash:
        return pin
    return Pin(State.CHANGED, approved, offered.hash)


def reason_for(origin: Origin, definition: Definition, pin: Pin | None) -> str | None:
    """Say why a tool cannot be had, and what an operator does about it; None if it can."""
    if pin is not None and pin.admits(definition):
        return None
    said = f"{definition.label} of the {origin.server} server was not run:"
    decide = "An operator looks at it and decides: `sophia tools quarantine`."
    if definition.fault is not None:
        return f"{said} {definition.fault}. Its server has to change that."
    if pin is None:
        return f"{said} it could not be compared with what was approved. Try again in a moment."
    if pin.state is State.REJECTED:
        return f"{said} an operator rejected what its server says of it now. {decide}"
    if pin.hash is None:
        return f"{said} it is in quarantine, because nobody has approved it. {decide}"
    return (
        f"{said} it is in quarantine, because its server says something else of it than was"
        f" approved. {decide}"
    )
