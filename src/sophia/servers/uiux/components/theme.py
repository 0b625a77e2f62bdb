"""The theme of a component: from a seed colour, or from the tokens of create_palette."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, Literal, cast

from coloraide import Color
from pydantic import BaseModel, ConfigDict, Field

from sophia.servers.uiux.colour import hexadecimal, lch_of, read_colour
from sophia.servers.uiux.errors import ThemeInvalidError
from sophia.servers.uiux.palette import (
    STEPS,
    Pair,
    Ramp,
    dark_pairs,
    light_pairs,
    neutral_of,
    ramp,
)
from sophia.servers.uiux.tokens.resolving import Token, resolve
from sophia.servers.uiux.tokens.values import ColourValue

_SEED = "#2563eb"
_DANGER = ramp(read_colour("#dc2626"))
_TURNS = (140, 250, 60)  # degrees of hue from the first series of a chart to the others
_SERIES_CHROMA = 0.12  # where the brand is a grey
_SPACE_REM = {"compact": 0.25, "regular": 0.375, "spacious": 0.5}
_RADIUS_REM = {"none": 0, "small": 0.25, "medium": 0.5, "large": 1}

type Role = tuple[tuple[str, int], tuple[str, int]]

# Of each role the step in the light theme, then in the dark one: the pairs of palette.py.
_ROLES: dict[str, Role] = {
    "background": (("white", 0), ("neutral", 950)),
    "surface": (("neutral", 50), ("neutral", 900)),
    "line": (("neutral", 200), ("neutral", 800)),
    "control": (("neutral", 500), ("neutral", 500)),
    "text": (("neutral", 900), ("neutral", 100)),
    "muted": (("neutral", 600), ("neutral", 400)),
    "primary": (("brand", 600), ("brand", 400)),
    "primary-strong": (("brand", 700), ("brand", 300)),
    "on-primary": (("white", 0), ("neutral", 950)),
    "tint": (("brand", 100), ("brand", 900)),
    "on-tint": (("brand", 700), ("brand", 200)),
    "link": (("brand", 600), ("brand", 400)),
    "focus": (("brand", 500), ("brand", 400)),
    "danger": (("danger", 600), ("danger", 400)),
    "danger-strong": (("danger", 700), ("danger", 300)),
}


class Style(BaseModel):
    """How components look."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    seed: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(
        default=None, description=f"A colour as CSS writes it; without one {_SEED}."
    )
    tokens: dict[str, Any] | None = Field(
        default=None, description="Instead: the tokens that create_palette gives."
    )
    density: Literal["compact", "regular", "spacious"] = "regular"
    radius: Literal["none", "small", "medium", "large"] = "medium"


def theme_css(style: Style) -> str:
    """Write the custom properties of a theme.

    Raises ColourInvalidError and ThemeInvalidError.
    """
    brand, neutral = _ramps(style)
    ramps: dict[str, Ramp] = {
        "brand": brand,
        "neutral": neutral,
        "danger": _DANGER,
        "white": Ramp({0: Color("srgb", [1, 1, 1])}),
    }
    lines = ["color-scheme: light dark;"]
    for role, (light, dark) in _ROLES.items():
        lines.append(_both(role, *(ramps[name].colours[step] for name, step in (light, dark))))
    first = brand.colours[600], brand.colours[400]
    for place, (light, dark) in enumerate([first, *_series(hexadecimal(first[0]))], start=1):
        lines.append(_both(f"series-{place}", light, dark))
    lines += [
        f"--ui-space: {_SPACE_REM[style.density]:g}rem;",
        f"--ui-radius: {_RADIUS_REM[style.radius]:g}rem;",
        "--ui-font: system-ui, sans-serif;",
    ]
    return ":root {\n" + "\n".join(f"  {line}" for line in lines) + "\n}\n"


def _both(role: str, light: Color, dark: Color) -> str:
    return f"--ui-{role}: light-dark({hexadecimal(light)}, {hexadecimal(dark)});"


def _ramps(style: Style) -> tuple[Ramp, Ramp]:
    if style.tokens is None:
        return _of_seed(style.seed or _SEED)
    if style.seed is not None:
        raise ThemeInvalidError("Give the style a seed or tokens, not both.")
    return _of_tokens(style.tokens)


@lru_cache(maxsize=64)
def _of_seed(written: str) -> tuple[Ramp, Ramp]:
    seed = read_colour(written)
    return ramp(seed), neutral_of(seed)


@lru_cache(maxsize=64)
def _series(first: str) -> list[tuple[Color, Color]]:
    """Give the colours of a chart's series but for the first, in the light and the dark theme."""
    lightness, chroma, hue = lch_of(read_colour(first))
    turned = [
        ramp(Color("oklch", [lightness, max(chroma, _SERIES_CHROMA), (hue + turn) % 360])).colours
        for turn in _TURNS
    ]
    return [(colours[600], colours[400]) for colours in turned]


def _of_tokens(document: dict[str, Any]) -> tuple[Ramp, Ramp]:
    tokens, problems = resolve(document)
    if problems:
        raise ThemeInvalidError(
            f"The tokens are not right: {problems[0].path}: {problems[0].message}"
            " validate_tokens lists all."
        )
    found = _groups(tokens)
    brand = next((ramp for name, ramp in found.items() if name != "neutral"), None)
    if brand is None:
        raise ThemeInvalidError(
            "The tokens have no colour with the steps 50 to 950: take those of create_palette."
        )
    neutral = found.get("neutral") or neutral_of(brand.colours[600])
    _held([*light_pairs(brand, neutral), *dark_pairs(brand, neutral)])
    return brand, neutral


def _groups(tokens: list[Token]) -> Mapping[str, Ramp]:
    """Give the groups of tokens that are whole ramps."""
    found: dict[str, dict[int, Color]] = {}
    for token in tokens:
        *group, step = token.path
        if token.type == "color" and step.isdecimal():
            colour = cast("ColourValue", token.value).colour
            found.setdefault(".".join(group), {})[int(step)] = colour
    return {name: Ramp(steps) for name, steps in found.items() if set(STEPS) <= set(steps)}


def _held(pairs: list[Pair]) -> None:
    for pair in pairs:
        if pair.ratio < pair.needed:
            raise ThemeInvalidError(
                f"The tokens' {pair.use} has {pair.ratio:.2f}:1 of {pair.needed:g}:1"
                f" ({hexadecimal(pair.foreground)} on {hexadecimal(pair.background)}): take those"
                " of create_palette."
            )
