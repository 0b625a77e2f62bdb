"""Tokens as CSS: custom properties, or a theme for Tailwind."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from sophia.servers.uiux.colour import hexadecimal
from sophia.servers.uiux.tokens.resolving import Token
from sophia.servers.uiux.tokens.values import (
    Border,
    ColourValue,
    CubicBezier,
    Dashes,
    Dimension,
    Duration,
    FontFamily,
    Gradient,
    Shadow,
    Shadows,
    StrokeStyle,
    Transition,
    Typography,
    weight_of,
)

# Where Tailwind (4, theme variables) looks for what; other types keep their path as a name.
_TAILWIND = {
    "color": "color",
    "fontFamily": "font",
    "fontWeight": "font-weight",
    "shadow": "shadow",
    "cubicBezier": "ease",
}
_TAILWIND_DIMENSIONS = (
    (re.compile(r"font-?size|^text"), "text"),
    (re.compile(r"radius|radii|rounded"), "radius"),
    (re.compile(r"breakpoint|screen"), "breakpoint"),
    (re.compile(r"tracking|letter"), "tracking"),
)
_GENERIC = {
    *("serif", "sans-serif", "monospace", "cursive", "fantasy", "math", "emoji", "fangsong"),
    *("system-ui", "ui-serif", "ui-sans-serif", "ui-monospace", "ui-rounded"),
}


def css(usual: Sequence[Token], contexts: Mapping[str, Sequence[Token]]) -> str:
    """Write custom properties, and for each context under its selector those that differ."""
    blocks = [_block(":root", usual)]
    known = {token.path: token.plain for token in usual}
    for selector, tokens in contexts.items():
        changed = [one for one in tokens if known.get(one.path) != one.plain]
        if changed:
            blocks.append(_block(selector, changed))
    return "\n\n".join(blocks) + "\n"


def tailwind(usual: Sequence[Token], contexts: Mapping[str, Sequence[Token]]) -> str:
    """Write a theme for Tailwind 4; contexts become rules that change its variables."""
    names = {token.path: _tailwind_name(token) for token in usual}
    blocks = [_block("@theme", usual, names)]
    known = {token.path: token.plain for token in usual}
    for selector, tokens in contexts.items():
        changed = [one for one in tokens if known.get(one.path) != one.plain]
        if changed:
            blocks.append(_block(selector, changed, names))
    return '@import "tailwindcss";\n\n' + "\n\n".join(blocks) + "\n"


def _block(
    selector: str, tokens: Sequence[Token], names: Mapping[tuple[str, ...], str] | None = None
) -> str:
    lines: list[str] = []
    for token in tokens:
        name = (names or {}).get(token.path) or property_name(token.path)
        if token.description:
            lines.append(f"  /* {_comment(token.description)} */")
        lines += [f"  {name}{part}: {value};" for part, value in _declarations(token)]
    return f"{selector} {{\n" + "\n".join(lines) + "\n}"


def property_name(path: Sequence[str]) -> str:
    """Give the custom property of a path."""
    return "--" + "-".join(_word(part) for part in path if part != "$root")


def _tailwind_name(token: Token) -> str:
    own = property_name(token.path).removeprefix("--")
    family = _TAILWIND.get(token.type)
    if token.type == "dimension":
        family = next((name for what, name in _TAILWIND_DIMENSIONS if what.search(own)), "spacing")
    if family is None:
        return f"--{own}"
    rest = re.sub(
        rf"^({family}s?|colou?rs?|font-?(size|family|weight)|space|spacing|radii)-", "", own
    )
    return f"--{family}-{rest}"


def _word(part: str) -> str:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", part)
    return re.sub(r"[^a-zA-Z0-9_-]+", "-", spaced).strip("-").lower() or "x"


def _comment(words: str) -> str:
    return " ".join(words.split()).replace("*/", "* /")


def _declarations(token: Token) -> list[tuple[str, str]]:
    """Give what a token declares: a suffix of the name, and a value."""
    if token.type != "typography":
        return [("", _WRITERS[token.type](token.value))]
    value = cast("Typography", token.value)
    font = (
        f"{weight_of(value.font_weight):g} {dimension(value.font_size)}/{value.line_height:g}"
        f" {family(value.font_family)}"
    )
    return [("", font), ("-letter-spacing", dimension(value.letter_spacing))]


def colour(value: ColourValue) -> str:
    """Write a colour: sRGB as hexadecimal digits, wider spaces as themselves."""
    if value.color_space in ("srgb", "hsl", "hwb"):
        return hexadecimal(value.colour)
    return value.colour.to_string(none=True, fit=False)


def dimension(value: Dimension) -> str:
    """Write a distance."""
    return f"{value.value:g}{value.unit}" if value.value else "0"


def duration(value: Duration) -> str:
    """Write a time."""
    return f"{value.value:g}{value.unit}"


def bezier(value: CubicBezier) -> str:
    """Write a timing function."""
    return f"cubic-bezier({', '.join(f'{part:g}' for part in value)})"


def stroke(value: StrokeStyle) -> str:
    """Write a line; CSS has no dashes of chosen lengths."""
    return "dashed" if isinstance(value, Dashes) else value


def shadow(value: Shadow) -> str:
    """Write a shadow."""
    lengths = (value.offset_x, value.offset_y, value.blur, value.spread)
    drawn = f"{' '.join(map(dimension, lengths))} {colour(value.color)}"
    return f"inset {drawn}" if value.inset else drawn


def shadows(value: Shadows) -> str:
    """Write shadows, the uppermost first."""
    return ", ".join(map(shadow, [value] if isinstance(value, Shadow) else value))


def border(value: Border) -> str:
    """Write a border."""
    return f"{dimension(value.width)} {stroke(value.style)} {colour(value.color)}"


def transition(value: Transition) -> str:
    """Write a transition without what it changes."""
    return f"{duration(value.duration)} {bezier(value.timing_function)} {duration(value.delay)}"


def gradient(value: Gradient) -> str:
    """Write the stops of a gradient, for linear-gradient() and its kin."""
    return ", ".join(f"{colour(stop.color)} {stop.position * 100:g}%" for stop in value)


def family(value: FontFamily) -> str:
    """Write font families; names that are no keywords stand in quotes."""
    names = [value] if isinstance(value, str) else value
    return ", ".join(name if name in _GENERIC else _quoted(name) for name in names)


def _quoted(name: str) -> str:
    plain = "".join(character for character in name if character.isprintable())
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


_WRITERS: Mapping[str, Callable[[Any], str]] = {
    "color": colour,
    "dimension": dimension,
    "fontFamily": family,
    "fontWeight": lambda value: f"{weight_of(value):g}",
    "duration": duration,
    "cubicBezier": bezier,
    "number": lambda value: f"{value:g}",
    "strokeStyle": stroke,
    "border": border,
    "transition": transition,
    "shadow": shadows,
    "gradient": gradient,
}
