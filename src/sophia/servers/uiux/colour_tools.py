"""The tools for colours and scales."""

from typing import Annotated, Any, Literal

from coloraide import Color
from pydantic import BaseModel, ConfigDict, Field

from sophia.servers.call import Call
from sophia.servers.parts import Tool
from sophia.servers.uiux.colour import hexadecimal, lch_of, read_colour
from sophia.servers.uiux.contrast import (
    NEEDED,
    Level,
    Use,
    apca_lc,
    mended,
    readable_on,
    wcag_ratio,
)
from sophia.servers.uiux.palette import (
    Pair,
    Ramp,
    dark_pairs,
    light_pairs,
    neutral_of,
    ramp,
    tokens_of,
)
from sophia.servers.uiux.scales import (
    RATIOS,
    spacing_scale,
    spacing_tokens,
    type_scale,
    type_tokens,
)

_COLOUR = "As CSS writes it: #2563eb, rebeccapurple, oklch(0.6 0.2 260), rgb(0 0 0 / 0.5), …"

Written = Annotated[str, Field(min_length=1, max_length=100, description=_COLOUR)]
TokenName = Annotated[str, Field(pattern=r"^[^${}.][^{}.]{0,49}$")]

type RatioName = Literal[
    "minor_second",
    "major_second",
    "minor_third",
    "major_third",
    "perfect_fourth",
    "augmented_fourth",
    "perfect_fifth",
    "golden",
]


class CheckContrast(BaseModel):
    """The arguments of check_contrast."""

    model_config = ConfigDict(extra="forbid")

    foreground: Written
    background: Written
    level: Level = "AA"
    use: Use = Field(
        default="text",
        description="large_text: from 24 px, or 18.7 px bold; non_text: borders, icons, focus.",
    )


class Fix(BaseModel):
    """A change that makes the contrast enough; the other colour stays."""

    changed: Literal["foreground", "background"]
    colour: str
    ratio: float
    apca_lc: float


class Contrast(BaseModel):
    """How two colours contrast."""

    foreground: str
    background: str
    ratio: float = Field(description="WCAG 2.2, 1 to 21; cut, not rounded: 4.499 is 4.49.")
    needed: float
    passes: bool
    apca_lc: float = Field(
        description="APCA 0.0.98G; negative: light on dark. Body text wants 75 or more (90 is"
        " better), other text 60, large headlines 45."
    )
    better: Literal["black", "white"] = Field(description="Which is read better on the background.")
    fixes: list[Fix] = Field(description="The smallest changes that pass; none if it does.")


class CreatePalette(BaseModel):
    """The arguments of create_palette."""

    model_config = ConfigDict(extra="forbid")

    seed: Written
    name: TokenName = "primary"


class Step(BaseModel):
    """A colour of a palette."""

    step: int
    hex: str
    oklch: list[float] = Field(description="Lightness, chroma, hue.")
    on_white: float = Field(description="Contrast ratio to white.")
    on_black: float


class KeptPair(BaseModel):
    """Two colours for each other, and their contrast."""

    theme: Literal["light", "dark"]
    use: str
    foreground: str
    background: str
    ratio: float
    needed: float
    apca_lc: float


class Palette(BaseModel):
    """A palette and what may lie on what."""

    seed: str
    seed_step: int = Field(description="The step that is as light as the seed.")
    colours: list[Step]
    neutral: list[Step]
    pairs: list[KeptPair] = Field(description="All of them have the contrast that they need.")
    tokens: dict[str, Any] = Field(description="DTCG 2025.10, for export_tokens.")


class CreateScale(BaseModel):
    """The arguments of create_scale."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["type", "spacing"]
    size_px: float = Field(
        default=16, ge=1, le=64, description="The size of running text, or the unit of spacing."
    )
    ratio: RatioName = Field(default="major_third", description="Of a type scale.")


class Size(BaseModel):
    """A size of a scale."""

    name: str
    rem: float
    px: float = Field(description="Where 1rem is 16 px.")


class Scale(BaseModel):
    """A scale."""

    sizes: list[Size]
    tokens: dict[str, Any] = Field(description="DTCG 2025.10, for export_tokens.")


async def check_contrast(given: CheckContrast, _call: Call) -> Contrast:
    """Measure the contrast of two colours and say how to mend it."""
    foreground, background = read_colour(given.foreground), read_colour(given.background)
    needed = NEEDED[given.level, given.use]
    ratio = wcag_ratio(foreground, background)
    better = readable_on(background)
    return Contrast(
        foreground=hexadecimal(foreground),
        background=hexadecimal(background),
        ratio=_cut(ratio),
        needed=needed,
        passes=ratio >= needed,
        apca_lc=round(apca_lc(foreground, background), 1),
        better="white" if better.luminance() > 0 else "black",
        fixes=[] if ratio >= needed else _fixes(foreground, background, needed),
    )


async def create_palette(given: CreatePalette, _call: Call) -> Palette:
    """Make a palette of a colour."""
    seed = read_colour(given.seed)
    brand, neutral = ramp(seed), neutral_of(seed)
    pairs = [
        *(_kept("light", pair) for pair in light_pairs(brand, neutral)),
        *(_kept("dark", pair) for pair in dark_pairs(brand, neutral)),
    ]
    return Palette(
        seed=hexadecimal(seed),
        seed_step=brand.step_of(seed),
        colours=_steps(brand),
        neutral=_steps(neutral),
        pairs=pairs,
        tokens=tokens_of(given.name, brand, neutral),
    )


async def create_scale(given: CreateScale, _call: Call) -> Scale:
    """Make a scale."""
    if given.kind == "type":
        sizes = type_scale(given.size_px, RATIOS[given.ratio])
        tokens = type_tokens(sizes)
    else:
        sizes = spacing_scale(given.size_px)
        tokens = spacing_tokens(sizes)
    return Scale(
        sizes=[Size(name=name, rem=rem, px=round(rem * 16, 2)) for name, rem in sizes.items()],
        tokens=tokens,
    )


def colour_tools() -> list[Tool[Any, Any]]:
    """List the tools."""
    shared: dict[str, Any] = {
        "is_read_only": True,
        "is_idempotent": True,
        "toolset": "colours",
    }
    return [
        Tool(
            name="check_contrast",
            title="Check contrast",
            description="Measure the contrast of two colours by WCAG 2.2 and APCA; where it is not"
            " enough, give the smallest changes that make it so.",
            arguments=CheckContrast,
            result=Contrast,
            run=check_contrast,
            **shared,
        ),
        Tool(
            name="create_palette",
            title="Create a palette",
            description="Make eleven steps of a colour and of its grey in OKLCH, with pairs for a"
            " light and a dark theme whose contrast is guaranteed, as design tokens.",
            arguments=CreatePalette,
            result=Palette,
            run=create_palette,
            **shared,
        ),
        Tool(
            name="create_scale",
            title="Create a scale",
            description="Make a scale of font sizes with line heights, or of spacing, as design"
            " tokens.",
            arguments=CreateScale,
            result=Scale,
            run=create_scale,
            **shared,
        ),
    ]


def _fixes(foreground: Color, background: Color, needed: float) -> list[Fix]:
    found: list[Fix] = []
    if (other := mended(foreground, background, ratio=needed)) is not None:
        found.append(_fix("foreground", other, other, background))
    if (other := mended(background, foreground, ratio=needed)) is not None:
        found.append(_fix("background", other, foreground, other))
    return found


def _fix(
    changed: Literal["foreground", "background"], colour: Color, top: Color, below: Color
) -> Fix:
    return Fix(
        changed=changed,
        colour=hexadecimal(colour),
        ratio=_cut(wcag_ratio(top, below)),
        apca_lc=round(apca_lc(top, below), 1),
    )


def _kept(theme: Literal["light", "dark"], pair: Pair) -> KeptPair:
    return KeptPair(
        theme=theme,
        use=pair.use,
        foreground=hexadecimal(pair.foreground),
        background=hexadecimal(pair.background),
        ratio=_cut(pair.ratio),
        needed=pair.needed,
        apca_lc=round(pair.lc, 1),
    )


def _steps(steps: Ramp) -> list[Step]:
    white, black = Color("srgb", [1, 1, 1]), Color("srgb", [0, 0, 0])
    return [
        Step(
            step=step,
            hex=hexadecimal(colour),
            oklch=[round(part, 4) for part in lch_of(colour)],
            on_white=_cut(wcag_ratio(colour, white)),
            on_black=_cut(wcag_ratio(colour, black)),
        )
        for step, colour in steps.colours.items()
    ]


def _cut(ratio: float) -> float:
    """Cut a ratio to two places: rounding up would say that it passes where it does not."""
    return int(ratio * 100 + 1e-6) / 100
