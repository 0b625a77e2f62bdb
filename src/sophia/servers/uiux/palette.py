"""Palettes from one colour, whose contrasts hold by construction.

Each step has a contrast to white that it must reach, and with it a luminance. Hue and chroma come
from the seed; the lightness in OKLCH is the one that gives the step its luminance.
"""

from dataclasses import dataclass

from coloraide import Color

from sophia.servers.uiux.colour import hexadecimal, lch_of, luminance, oklch, on_screen
from sophia.servers.uiux.contrast import apca_lc, wcag_ratio

# The contrast to white of each step. Two steps contrast as the quotient of theirs, therefore:
# 500 and darker stand out (3) on white and 50, 600 and darker are read (4.5) on white, 50 and 100,
# 700 and darker (7) on white and 50, and 400 and lighter are read (4.5, most 7) on 900 and 950.
_TO_WHITE = {
    50: 1.05,
    100: 1.13,
    200: 1.28,
    300: 1.6,
    400: 2.25,
    500: 3.35,
    600: 5.25,
    700: 7.6,
    800: 10.4,
    900: 13.6,
    950: 16.6,
}
STEPS = tuple(_TO_WHITE)
# Near white and near black a colour has less room.
_CHROMA = {50: 0.18, 100: 0.32, 200: 0.55, 300: 0.8, 900: 0.75, 950: 0.55}
_NEUTRAL_CHROMA = 0.012
_HALVINGS = 14  # finer than eight bits


@dataclass(frozen=True, slots=True)
class Ramp:
    """One hue in all its steps, light to dark."""

    colours: dict[int, Color]

    def step_of(self, colour: Color) -> int:
        """Say which step a colour is nearest to, by luminance."""
        wanted = luminance(colour)
        return min(self.colours, key=lambda step: abs(luminance(self.colours[step]) - wanted))


@dataclass(frozen=True, slots=True)
class Pair:
    """Two colours that are meant for each other, and the contrast that they must keep."""

    use: str
    foreground: Color
    background: Color
    needed: float

    @property
    def ratio(self) -> float:
        """Give the contrast that they have (WCAG 2.2)."""
        return wcag_ratio(self.foreground, self.background)

    @property
    def lc(self) -> float:
        """Give their lightness contrast (APCA)."""
        return apca_lc(self.foreground, self.background)


def ramp(seed: Color, *, chroma: float | None = None) -> Ramp:
    """Make the steps of a colour; with a `chroma`, of its hue at that chroma."""
    _, own, hue = lch_of(seed)
    most = own if chroma is None else chroma
    return Ramp(
        {
            step: _with_contrast(to_white, most * _CHROMA.get(step, 1), hue)
            for step, to_white in _TO_WHITE.items()
        }
    )


def neutral_of(seed: Color) -> Ramp:
    """Make greys with a touch of a colour's hue."""
    return ramp(seed, chroma=min(_NEUTRAL_CHROMA, lch_of(seed)[1]))


def light_pairs(brand: Ramp, neutral: Ramp) -> list[Pair]:
    """Give what lies on what in a light theme."""
    white = Color("srgb", [1, 1, 1])
    own, grey = brand.colours, neutral.colours
    return [
        Pair("text on background", grey[900], white, 7),
        Pair("muted text on background", grey[600], white, 4.5),
        Pair("text on surface", grey[900], grey[50], 7),
        Pair("muted text on surface", grey[600], grey[50], 4.5),
        Pair("link on background", own[600], white, 4.5),
        Pair("text on primary", white, own[600], 4.5),
        Pair("text on primary tint", own[700], own[100], 4.5),
        Pair("control border on background", grey[500], white, 3),
        Pair("focus ring on background", own[500], white, 3),
    ]


def dark_pairs(brand: Ramp, neutral: Ramp) -> list[Pair]:
    """Give what lies on what in a dark theme."""
    own, grey = brand.colours, neutral.colours
    return [
        Pair("text on background", grey[100], grey[950], 7),
        Pair("muted text on background", grey[400], grey[950], 4.5),
        Pair("text on surface", grey[100], grey[900], 7),
        Pair("muted text on surface", grey[400], grey[900], 4.5),
        Pair("link on background", own[400], grey[950], 4.5),
        Pair("text on primary", grey[950], own[400], 4.5),
        Pair("text on primary tint", own[200], own[900], 4.5),
        Pair("control border on background", grey[500], grey[950], 3),
        Pair("focus ring on background", own[400], grey[950], 3),
    ]


def tokens_of(name: str, brand: Ramp, neutral: Ramp) -> dict[str, object]:
    """Write the ramps as design tokens (DTCG 2025.10)."""
    return {
        name: {"$type": "color", **{str(k): _token(v) for k, v in brand.colours.items()}},
        "neutral": {"$type": "color", **{str(k): _token(v) for k, v in neutral.colours.items()}},
    }


def _token(colour: Color) -> dict[str, object]:
    channels = [round(part, 4) for part in on_screen(colour).coords(nans=False)]
    value = {"colorSpace": "srgb", "components": channels, "hex": hexadecimal(colour)}
    return {"$value": value}


def _with_contrast(to_white: float, chroma: float, hue: float) -> Color:
    """Give the lightest colour of a hue that has at least a contrast to white."""
    wanted = 1.05 / to_white - 0.05
    dark, light = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (dark + light) / 2
        if luminance(oklch(middle, chroma, hue)) <= wanted:
            dark = middle
        else:
            light = middle
    return on_screen(oklch(dark, chroma, hue))
