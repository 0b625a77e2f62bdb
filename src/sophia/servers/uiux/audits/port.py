"""How pages are looked at: by Chromium, or without a browser."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from sophia.servers.uiux.audits.schemas import Accessibility, Measures, WcagLevel

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


@dataclass(frozen=True, slots=True)
class SeenImage:
    """An image of a page; `keeps_its_box`: it is drawn the same with its size written down."""

    src: str
    width: int
    height: int
    is_below: bool
    keeps_its_box: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """What loading a page took, its images in their order, and the selectors without a match."""

    measures: Measures
    images: list[SeenImage]
    unmatched: frozenset[str]


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

    async def performance(self, html: str, selectors: Sequence[str]) -> Measured:
        """Measure a page while it is loaded, and say which selectors match nothing in it.

        Raises as `accessibility` does.
        """
        ...
