"""Contrast by WCAG 2.2 and APCA, and the smallest change that makes it enough."""

from collections.abc import Callable
from typing import Literal

from coloraide import Color

from sophia.servers.uiux.colour import laid_over, lch_of, luminance, oklch, on_screen

type Level = Literal["AA", "AAA"]
type Use = Literal["text", "large_text", "non_text"]

# WCAG 2.2, success criteria 1.4.3, 1.4.6 and 1.4.11 (which asks the same at both levels).
NEEDED: dict[tuple[Level, Use], float] = {
    ("AA", "text"): 4.5,
    ("AA", "large_text"): 3.0,
    ("AA", "non_text"): 3.0,
    ("AAA", "text"): 7.0,
    ("AAA", "large_text"): 4.5,
    ("AAA", "non_text"): 3.0,
}

_STEPS = 16  # halvings of an interval of lightness: finer than eight bits

_BLACK = Color("srgb", [0, 0, 0])
_WHITE = Color("srgb", [1, 1, 1])


def wcag_ratio(foreground: Color, background: Color) -> float:
    """Give the contrast ratio, 1 to 21 (WCAG 2.2); what is translucent is laid over what is below.

    A translucent background lies on white.
    """
    below = laid_over(background, _WHITE)
    first, second = luminance(laid_over(foreground, below)), luminance(below)
    return (max(first, second) + 0.05) / (min(first, second) + 0.05)


def apca_lc(foreground: Color, background: Color) -> float:
    """Give the lightness contrast Lc, about -108 to 106 (APCA 0.0.98G-4g); negative: light on dark.

    Its author's reading: 90 is preferred for body text, 75 the least; 60 for other text, 45 for
    large headlines, 30 for what is not text.
    """
    below = laid_over(background, _WHITE)
    text, ground = _soft_luminance(laid_over(foreground, below)), _soft_luminance(below)
    if abs(ground - text) < 0.0005:  # noqa: PLR2004 - the constants are the formula's own
        return 0.0
    if ground > text:
        contrast = (ground**0.56 - text**0.57) * 1.14
        return 0.0 if contrast < 0.1 else (contrast - 0.027) * 100  # noqa: PLR2004
    contrast = (ground**0.65 - text**0.62) * 1.14
    return 0.0 if contrast > -0.1 else (contrast + 0.027) * 100  # noqa: PLR2004


def _soft_luminance(colour: Color) -> float:
    red, green, blue = on_screen(colour).coords(nans=False)
    found = 0.2126729 * red**2.4 + 0.7151522 * green**2.4 + 0.072175 * blue**2.4
    return found if found >= 0.022 else found + (0.022 - found) ** 1.414  # noqa: PLR2004


def mended(moved: Color, fixed: Color, *, ratio: float) -> Color | None:
    """Give the colour nearest to `moved` that has the ratio to `fixed`; None if there is none.

    Only the lightness changes, and chroma where the screen cannot show it.
    """

    def enough(candidate: Color) -> bool:
        return wcag_ratio(candidate, fixed) >= ratio

    lightness, chroma, hue = lch_of(moved)
    found: list[tuple[float, Color]] = []
    for end in (0.0, 1.0):
        at = _nearest(lightness, end, lambda one: enough(oklch(one, chroma, hue)))
        if at is not None:
            found.append((abs(at - lightness), on_screen(oklch(at, chroma, hue))))
    return min(found, key=lambda one: one[0])[1] if found else None


def _nearest(start: float, end: float, holds: Callable[[float], bool]) -> float | None:
    """Give the value nearest to `start`, on the way to `end`, from which on something holds."""
    if not holds(end):
        return None
    near, far = start, end
    for _ in range(_STEPS):
        middle = (near + far) / 2
        if holds(middle):
            far = middle
        else:
            near = middle
    return far


def readable_on(background: Color) -> Color:
    """Give black or white, whichever is read better there."""
    return max((_BLACK, _WHITE), key=lambda one: wcag_ratio(one, background))
