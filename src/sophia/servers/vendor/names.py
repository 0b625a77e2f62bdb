"""What people call a vendor's things: looked up by name, and kept for a while."""

import difflib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import chain

from sophia.kit.clock import Clock
from sophia.servers.vendor.errors import HandleError

_KEEP_S = 300.0
# A name that is not in a list older than this is looked for once more.
_FRESH_S = 5.0
_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Something with an id, the name that people see, and other ways to write it."""

    id: str
    name: str
    others: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} ({self.others[0]})" if self.others else self.name

    def is_called(self, wanted: str) -> bool:
        """Say whether that is one of its names."""
        return any(wanted == one.casefold() for one in (self.name, *self.others, self.id))


type Load = Callable[[], Awaitable[Sequence[Named]]]


@dataclass(frozen=True, slots=True)
class _Kept:
    names: Sequence[Named]
    loaded_at_s: float


class Names:
    """The names of one token's things."""

    def __init__(self, clock: Clock) -> None:
        """Begin with none."""
        self._clock = clock
        self._kept: dict[str, _Kept] = {}

    async def find(self, what: str, written: str, load: Load, *, among: str = "") -> Named:
        """Give what is called that, of a kind such as "team"; raises HandleError."""
        return one_of(what, written, await self.alike(what, written, load, among=among))

    async def alike(
        self, what: str, written: str, load: Load, *, among: str = ""
    ) -> Sequence[Named]:
        """Give all that is called that, at least one; raises HandleError with the nearest names."""
        key = f"{what} {among}"
        now_s = self._clock.monotonic()
        kept = self._kept.get(key)
        if kept is None or now_s - kept.loaded_at_s > _KEEP_S:
            kept = None
        found = called(written, kept.names) if kept else []
        if not found and (kept is None or now_s - kept.loaded_at_s > _FRESH_S):
            kept = self._kept[key] = _Kept(await load(), self._clock.monotonic())
            found = called(written, kept.names)
        if not found:
            raise unknown(what, written, kept.names if kept else ())
        return found

    def forget(self) -> None:
        """Look everything up again."""
        self._kept.clear()


def called(written: str, there: Sequence[Named]) -> list[Named]:
    """Give those that are called that; else those with it as a word of their name."""
    wanted = written.strip().casefold()
    exact = [one for one in there if one.is_called(wanted)]
    return exact or [one for one in there if wanted in one.name.casefold().split()]


def one_of(what: str, written: str, found: Sequence[Named]) -> Named:
    """Give the only one; raises HandleError, which lists the candidates."""
    if len(found) > 1:
        listed = ", ".join(f"{one} with id {one.id}" for one in found[:_SHOWN])
        raise HandleError(f"{written!r} may be more than one {what}: {listed}. Write the id.")
    return found[0]


def unknown(what: str, written: str, there: Sequence[Named]) -> HandleError:
    """Say that nothing is called that, and what is nearly so."""
    by_word = {
        word.casefold(): one
        for one in there
        for word in chain((one.name, *one.others), one.name.split())
    }
    near = difflib.get_close_matches(written.strip().casefold(), by_word, n=3, cutoff=0.6)
    if near:
        close = dict.fromkeys(str(by_word[word]) for word in near)
        return HandleError(f"There is no {what} {written!r}; did you mean {' or '.join(close)}?")
    listed = ", ".join(map(str, there[:_SHOWN])) or "none"
    more = " and others" if len(there) > _SHOWN else ""
    return HandleError(f"There is no {what} {written!r}; there are {listed}{more}.")
