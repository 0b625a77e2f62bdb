"""Scales of type and spacing: few sizes in a fixed proportion."""

RATIOS = {
    "minor_second": 16 / 15,
    "major_second": 9 / 8,
    "minor_third": 6 / 5,
    "major_third": 5 / 4,
    "perfect_fourth": 4 / 3,
    "augmented_fourth": 2**0.5,
    "perfect_fifth": 3 / 2,
    "golden": (1 + 5**0.5) / 2,
}
_TYPE_NAMES = ("xs", "sm", "base", "lg", "xl", "2xl", "3xl", "4xl", "5xl", "6xl")
_TEXT_AT = _TYPE_NAMES.index("base")
# Multiples of the unit: near one another where eyes compare, far where they do not.
_SPACES = (0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24)
_ROOT_PX = 16  # what browsers take for 1rem unless their user says otherwise


def type_scale(text_px: float, ratio: float) -> dict[str, float]:
    """Give font sizes in rem, each `ratio` times the one before; `base` is `text_px`."""
    return {
        name: round(text_px * ratio ** (place - _TEXT_AT) / _ROOT_PX, 4)
        for place, name in enumerate(_TYPE_NAMES)
    }


def line_height(size_rem: float) -> float:
    """Give the line height for a size: what is read long gets room, headlines stand together."""
    return round(max(1.1, min(1.6, 1.7 - 0.2 * size_rem)), 2)


def spacing_scale(unit_px: float) -> dict[str, float]:
    """Give distances in rem, as multiples of a unit; `4` is four units."""
    return {f"{step:g}".replace(".", "_"): round(unit_px * step / _ROOT_PX, 4) for step in _SPACES}


def type_tokens(sizes: dict[str, float]) -> dict[str, object]:
    """Write font sizes and their line heights as design tokens (DTCG 2025.10)."""
    return {
        "font-size": {"$type": "dimension", **{name: _rem(size) for name, size in sizes.items()}},
        "line-height": {
            "$type": "number",
            **{name: {"$value": line_height(size)} for name, size in sizes.items()},
        },
    }


def spacing_tokens(spaces: dict[str, float]) -> dict[str, object]:
    """Write distances as design tokens (DTCG 2025.10)."""
    return {"space": {"$type": "dimension", **{name: _rem(rem) for name, rem in spaces.items()}}}


def _rem(size: float) -> dict[str, object]:
    return {"$value": {"value": size, "unit": "rem"}}
