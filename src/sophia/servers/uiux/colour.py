"""Colours as CSS writes them, in any of its spaces, and what becomes of them on an sRGB screen."""

from collections.abc import Sequence
from typing import Literal

from coloraide import Color

from sophia.servers.uiux.errors import ColourInvalidError

_SHOWN_CHARS = 60


def read_colour(written: str) -> Color:
    """Read a CSS colour; raises ColourInvalidError."""
    found = Color.match(written.strip(), fullmatch=True)
    if found is None:
        raise ColourInvalidError(
            f"{written[:_SHOWN_CHARS]!r} is no colour: write one as CSS does, such as #2563eb,"
            " rebeccapurple, rgb(37 99 235 / 0.5) or oklch(0.6 0.2 260)."
        )
    return found.color


def oklch(lightness: float, chroma: float, hue: float, alpha: float = 1) -> Color:
    """Give a colour by lightness 0-1, chroma from 0 (0.4 is a lot) and hue in degrees."""
    return Color("oklch", [lightness, chroma, hue], alpha)


def on_screen(colour: Color) -> Color:
    """Give the nearest colour that an sRGB screen can show.

    Chroma gives way, lightness and hue stay (CSS Color 4, section 13.2), and the channels are those
    of the eight bits that will be shown, so that what is measured is what is seen.
    """
    shown = colour.convert("srgb").fit("srgb", method="oklch-chroma")
    channels = [round(channel * 255) / 255 for channel in shown.coords(nans=False)]
    return Color("srgb", channels, shown.alpha(nans=False))


def hexadecimal(colour: Color) -> str:
    """Write a colour as #rrggbb, or #rrggbbaa where it is not opaque."""
    return on_screen(colour).to_string(hex=True)


def lch_of(colour: Color) -> tuple[float, float, float]:
    """Give lightness, chroma and hue in OKLCH; a grey has the hue 0."""
    lightness, chroma, hue = colour.convert("oklch").coords(nans=False)
    return lightness, chroma, hue % 360


def laid_over(top: Color, below: Color) -> Color:
    """Give what is seen where one colour lies over another."""
    return Color.layer([on_screen(top), on_screen(below)], space="srgb")


def luminance(colour: Color) -> float:
    """Give the relative luminance (WCAG 2.2) of a colour as an sRGB screen shows it."""
    return on_screen(colour).luminance()


type Space = Literal[
    "srgb",
    "srgb-linear",
    "hsl",
    "hwb",
    "lab",
    "lch",
    "oklab",
    "oklch",
    "display-p3",
    "a98-rgb",
    "prophoto-rgb",
    "rec2020",
    "xyz-d65",
    "xyz-d50",
]

# Design tokens write these as percentages; the arithmetic wants fractions.
_PERCENT: dict[str, tuple[int, ...]] = {"hsl": (1, 2), "hwb": (1, 2)}


def of_components(
    space: Space, components: Sequence[float | Literal["none"]], alpha: float = 1
) -> Color:
    """Give a colour by the components of its space, as DTCG 2025.10 writes them."""
    percent = _PERCENT.get(space, ())
    numbers = [
        float("nan") if part == "none" else part / 100 if place in percent else part
        for place, part in enumerate(components)
    ]
    return Color(space, numbers, alpha)
