"""What tokens of each type hold (DTCG 2025.10, Format), once their references are resolved."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self

from coloraide import Color
from pydantic import BaseModel, ConfigDict, Field, Strict, TypeAdapter, model_validator
from pydantic.alias_generators import to_camel

from sophia.servers.uiux.colour import Space, of_components

type Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]
type Fraction = Annotated[float, Strict(), Field(ge=0, le=1)]

_FRACTION, _PERCENT, _HUE, _UP, _ANY = (0, 1), (0, 100), (0, 360), (0, None), (None, None)
_RGB = (_FRACTION,) * 3
_RANGES: dict[Space, tuple[tuple[int | None, int | None], ...]] = {
    "srgb": _RGB,
    "srgb-linear": _RGB,
    "display-p3": _RGB,
    "a98-rgb": _RGB,
    "prophoto-rgb": _RGB,
    "rec2020": _RGB,
    "xyz-d65": _RGB,
    "xyz-d50": _RGB,
    "hsl": (_HUE, _PERCENT, _PERCENT),
    "hwb": (_HUE, _PERCENT, _PERCENT),
    "lab": (_PERCENT, _ANY, _ANY),
    "lch": (_PERCENT, _UP, _HUE),
    "oklab": (_FRACTION, _ANY, _ANY),
    "oklch": (_FRACTION, _UP, _HUE),
}

WEIGHTS = {
    "thin": 100,
    "hairline": 100,
    "extra-light": 200,
    "ultra-light": 200,
    "light": 300,
    "normal": 400,
    "regular": 400,
    "book": 400,
    "medium": 500,
    "semi-bold": 600,
    "demi-bold": 600,
    "bold": 700,
    "extra-bold": 800,
    "ultra-bold": 800,
    "black": 900,
    "heavy": 900,
    "extra-black": 950,
    "ultra-black": 950,
}


class _Value(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=False
    )


class ColourValue(_Value):
    """A colour."""

    color_space: Space
    components: list[Number | Literal["none"]] = Field(min_length=3, max_length=3)
    alpha: Fraction = 1
    hex: str | None = Field(default=None, pattern=r"^#[0-9a-fA-F]{6}$")

    @model_validator(mode="after")
    def _in_range(self) -> Self:
        for part, (least, most) in zip(self.components, _RANGES[self.color_space], strict=True):
            if part == "none":
                continue
            is_hue = most == _HUE[1]
            if (least is not None and part < least) or (
                most is not None and (part > most or (is_hue and part == most))
            ):
                bound = f"{least} to {most}" if most is not None else f"{least} or more"
                raise ValueError(f"a component of {self.color_space} is {part:g}, not {bound}")
        return self

    @property
    def colour(self) -> Color:
        """Give the colour."""
        return of_components(self.color_space, self.components, self.alpha)


class Dimension(_Value):
    """A distance."""

    value: Number
    unit: Literal["px", "rem"]


class Duration(_Value):
    """A time."""

    value: Number
    unit: Literal["ms", "s"]

    @property
    def seconds(self) -> float:
        """Give it in seconds."""
        return self.value if self.unit == "s" else self.value / 1000


class Dashes(_Value):
    """A line of dashes."""

    dash_array: list[Dimension] = Field(min_length=1)
    line_cap: Literal["round", "butt", "square"]


type FontFamily = str | Annotated[list[str], Field(min_length=1)]
type FontWeight = (
    Annotated[float, Strict(), Field(ge=1, le=1000)]
    | Literal[
        "thin",
        "hairline",
        "extra-light",
        "ultra-light",
        "light",
        "normal",
        "regular",
        "book",
        "medium",
        "semi-bold",
        "demi-bold",
        "bold",
        "extra-bold",
        "ultra-bold",
        "black",
        "heavy",
        "extra-black",
        "ultra-black",
    ]
)
type CubicBezier = Annotated[
    tuple[Fraction, Number, Fraction, Number], Field(description="x1, y1, x2, y2")
]
type StrokeStyle = (
    Literal["solid", "dashed", "dotted", "double", "groove", "ridge", "outset", "inset"] | Dashes
)


class Border(_Value):
    """A border."""

    color: ColourValue
    width: Dimension
    style: StrokeStyle


class Transition(_Value):
    """How something changes."""

    duration: Duration
    delay: Duration
    timing_function: CubicBezier


class Shadow(_Value):
    """A shadow."""

    color: ColourValue
    offset_x: Dimension
    offset_y: Dimension
    blur: Dimension
    spread: Dimension
    inset: Annotated[bool, Strict()] = False


class GradientStop(_Value):
    """A colour and where it is reached."""

    color: ColourValue
    position: Fraction


class Typography(_Value):
    """How text is set."""

    font_family: FontFamily
    font_size: Dimension
    font_weight: FontWeight
    letter_spacing: Dimension
    line_height: Number


type Shadows = Shadow | Annotated[list[Shadow], Field(min_length=1)]
type Gradient = Annotated[list[GradientStop], Field(min_length=1)]

TYPES: Mapping[str, TypeAdapter[Any]] = MappingProxyType(
    {
        "color": TypeAdapter(ColourValue),
        "dimension": TypeAdapter(Dimension),
        "fontFamily": TypeAdapter(FontFamily),
        "fontWeight": TypeAdapter(FontWeight),
        "duration": TypeAdapter(Duration),
        "cubicBezier": TypeAdapter(CubicBezier),
        "number": TypeAdapter(Number),
        "strokeStyle": TypeAdapter(StrokeStyle),
        "border": TypeAdapter(Border),
        "transition": TypeAdapter(Transition),
        "shadow": TypeAdapter(Shadows),
        "gradient": TypeAdapter(Gradient),
        "typography": TypeAdapter(Typography),
    }
)


def weight_of(weight: float | str) -> float:
    """Give a font weight as a number."""
    return WEIGHTS[weight] if isinstance(weight, str) else weight
