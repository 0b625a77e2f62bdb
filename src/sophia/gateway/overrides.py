"""How the operator has tools shown: under another name, with other words, or not at all."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from sophia.core.permission import Subject
from sophia.identity.schemas import Viewer
from sophia.kit.clock import Clock

_FRESH_S = 2.0
_WIDTH = list(Subject)


@dataclass(frozen=True, slots=True)
class Override:
    """How one tool (`server__tool`) is shown to somebody; what is None stays as it is."""

    subject: Subject
    subject_id: str
    tool: str
    name: str | None = None
    description: str | None = None
    is_hidden: bool | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """How a tool is shown to one viewer."""

    name: str | None = None
    description: str | None = None
    is_hidden: bool = False


PLAIN = Look()


class Overrides:
    """Keeps all overrides, at most two seconds old: they are few, and every list needs them."""

    def __init__(self, load: Callable[[], Awaitable[Sequence[Override]]], *, clock: Clock) -> None:
        """Take how to read them."""
        self._load = load
        self._clock = clock
        self._all: Sequence[Override] = ()
        self._due_s = float("-inf")

    async def of(self, viewer: Viewer) -> dict[str, Look]:
        """Give how tools are shown to somebody, by their own full names."""
        now_s = self._clock.monotonic()
        if now_s >= self._due_s:
            self._all = await self._load()
            self._due_s = now_s + _FRESH_S
        return looks(one for one in self._all if one.subject_id in _ids(viewer, one.subject))


def looks(overrides: Iterable[Override]) -> dict[str, Look]:
    """Lay overrides over each other: what is for fewer people counts, each part for itself."""
    found: dict[str, Look] = {}
    for one in sorted(overrides, key=lambda one: _WIDTH.index(one.subject)):
        under = found.get(one.tool, PLAIN)
        found[one.tool] = Look(
            name=one.name if one.name is not None else under.name,
            description=one.description if one.description is not None else under.description,
            is_hidden=one.is_hidden if one.is_hidden is not None else under.is_hidden,
        )
    return found


def _ids(viewer: Viewer, subject: Subject) -> set[str]:
    match subject:
        case Subject.EVERYBODY:
            return {""}
        case Subject.ROLE:
            return {viewer.role}
        case Subject.USER:
            return {str(viewer.user_id)}
        case Subject.API_KEY:
            return {str(viewer.api_key_id)}
