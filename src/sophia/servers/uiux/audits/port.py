"""How pages are looked at: by Chromium, or without a browser."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from sophia.servers.uiux.audits.schemas import Accessibility, WcagLevel

type Scheme = Literal["light", "dark"]

MAX_HEIGHT = 4_000


@dataclass(frozen=True, slots=True)
class Size:
    """A window, in CSS pixels."""

    width: int
    height: int
    is_touch: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """What to look at: HTML as it is, or what is under a URL."""

    html: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class View:
    """How to look at it."""

    size: Size
    scheme: Scheme
    is_full_page: bool = True
    highlight: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG of a page, up to MAX_HEIGHT; `whole_px` is how high the page is."""

    data: bytes
    height_px: int
    whole_px: int


class Eyes(Protocol):
    """Looks at pages."""

    async def accessibility(
        self, shown: Shown, level: WcagLevel, schemes: Sequence[Scheme] = ("light",)
    ) -> Accessibility:
        """Look for what keeps people out, in each of the themes.

        Raises BrowserMissingError, BrowserFailedError and PageFailedError.
        """
        ...

    async def picture(self, shown: Shown, view: View) -> Picture:
        """Show a page; raises as `accessibility` does."""
        ...
