"""Tokens as constants of Swift (SwiftUI) and Kotlin (Compose), and as flat JSON.

A type for which a platform has no value of its own is left out, and said so.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import cast

import orjson

from sophia.servers.uiux.colour import on_screen
from sophia.servers.uiux.tokens.document import dotted
from sophia.servers.uiux.tokens.resolving import Token
from sophia.servers.uiux.tokens.values import (
    ColourValue,
    CubicBezier,
    Dimension,
    Duration,
    FontFamily,
    FontWeight,
    weight_of,
)

type Writer = Callable[[object], str]

_ROOT_PX = 16
# Words that neither language takes as a name as they are.
_RESERVED = {
    *(
        "as",
        "break",
        "case",
        "catch",
        "class",
        "continue",
        "default",
        "do",
        "else",
        "enum",
        "extension",
    ),
    *("false", "fun", "func", "if", "import", "in", "init", "interface", "internal", "is", "let"),
    *(
        "nil",
        "null",
        "object",
        "operator",
        "package",
        "private",
        "protocol",
        "public",
        "return",
        "self",
        "static",
    ),
    *(
        "struct",
        "super",
        "switch",
        "this",
        "throw",
        "true",
        "try",
        "typealias",
        "val",
        "var",
        "when",
    ),
    *("where", "while"),
}


def swift(tokens: Sequence[Token]) -> tuple[str, list[str]]:
    """Write an enum of SwiftUI constants, and name the tokens left out."""
    lines, skipped = _constants(tokens, _SWIFT, "    public static let {name}: {type} = {value}")
    body = "\n".join(lines)
    return f"import SwiftUI\n\npublic enum Tokens {{\n{body}\n}}\n", skipped


def kotlin(tokens: Sequence[Token]) -> tuple[str, list[str]]:
    """Write an object of Compose constants, and name the tokens left out."""
    lines, skipped = _constants(tokens, _KOTLIN, "    val {name}: {type} = {value}")
    imports = "\n".join(
        f"import {name}"
        for name in (
            "androidx.compose.animation.core.CubicBezierEasing",
            "androidx.compose.ui.graphics.Color",
            "androidx.compose.ui.text.font.FontWeight",
            "androidx.compose.ui.unit.Dp",
            "androidx.compose.ui.unit.dp",
            "kotlin.time.Duration",
            "kotlin.time.Duration.Companion.milliseconds",
        )
    )
    body = "\n".join(lines)
    return f"{imports}\n\nobject Tokens {{\n{body}\n}}\n", skipped


def flat_json(usual: Sequence[Token], contexts: Mapping[str, Sequence[Token]]) -> str:
    """Write each token with its type and value, references followed; contexts by their names."""

    def of(tokens: Sequence[Token]) -> dict[str, object]:
        return {dotted(one.path): {"type": one.type, "value": one.plain} for one in tokens}

    whole: dict[str, object] = {"tokens": of(usual)}
    if contexts:
        whole["contexts"] = {name: of(tokens) for name, tokens in contexts.items()}
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2).decode()


def _constants(
    tokens: Sequence[Token], writers: Mapping[str, tuple[str, Writer]], form: str
) -> tuple[list[str], list[str]]:
    lines: list[str] = []
    skipped: list[str] = []
    taken: set[str] = set()
    for token in tokens:
        if token.type not in writers:
            skipped.append(dotted(token.path))
            continue
        type_, write = writers[token.type]
        name = _name(token.path, taken)
        if token.description:
            lines.append(f"    // {' '.join(token.description.split())}")
        lines.append(form.format(name=name, type=type_, value=write(token.value)))
    return lines, skipped


def _name(path: Sequence[str], taken: set[str]) -> str:
    """Give a name in camel case that nothing else has."""
    words = [word for part in path for word in re.findall(r"[A-Za-z0-9]+", part)]
    first, *rest = words or ["token"]
    name = first[:1].lower() + first[1:] + "".join(word[:1].upper() + word[1:] for word in rest)
    if name[0].isdigit() or name in _RESERVED:
        name = f"token{name[:1].upper()}{name[1:]}"
    free, number = name, 2
    while free in taken:
        free, number = f"{name}{number}", number + 1
    taken.add(free)
    return free


def _points(value: object) -> str:
    size = cast("Dimension", value)
    return f"{size.value * (_ROOT_PX if size.unit == 'rem' else 1):g}"


def _swift_colour(value: object) -> str:
    shown = on_screen(cast("ColourValue", value).colour)
    red, green, blue = (f"{part:.4g}" for part in shown.coords(nans=False))
    opacity = f"{shown.alpha(nans=False):.4g}"
    return f"Color(.sRGB, red: {red}, green: {green}, blue: {blue}, opacity: {opacity})"


def _kotlin_colour(value: object) -> str:
    shown = on_screen(cast("ColourValue", value).colour)
    channels = (shown.alpha(nans=False), *shown.coords(nans=False))
    return f"Color(0x{''.join(f'{round(part * 255):02X}' for part in channels)})"


def _quoted(value: object) -> str:
    """Write font families as string literals, which both languages read alike but for $."""
    family = cast("FontFamily", value)
    names = [family] if isinstance(family, str) else family
    return ", ".join(
        '"' + "".join(c for c in name if c.isprintable() and c not in '"\\$') + '"'
        for name in names
    )


def _swift_bezier(value: object) -> str:
    return f"UnitCurve.bezier(startControlPoint: {_swift_points(cast('CubicBezier', value))})"


def _swift_points(value: CubicBezier) -> str:
    x1, y1, x2, y2 = (f"{part:g}" for part in value)
    return f"UnitPoint(x: {x1}, y: {y1}), endControlPoint: UnitPoint(x: {x2}, y: {y2})"


_SWIFT: Mapping[str, tuple[str, Writer]] = {
    "color": ("Color", _swift_colour),
    "dimension": ("CGFloat", _points),
    "number": ("Double", lambda value: f"{cast('float', value):g}"),
    "duration": ("TimeInterval", lambda value: f"{cast('Duration', value).seconds:g}"),
    "fontFamily": ("[String]", lambda value: f"[{_quoted(value)}]"),
    "fontWeight": ("CGFloat", lambda value: f"{weight_of(cast('FontWeight', value)):g}"),
    "cubicBezier": ("UnitCurve", _swift_bezier),
}
_KOTLIN: Mapping[str, tuple[str, Writer]] = {
    "color": ("Color", _kotlin_colour),
    "dimension": ("Dp", lambda value: f"{_points(value)}.dp"),
    "number": ("Double", lambda value: repr(float(cast("float", value)))),
    "duration": (
        "Duration",
        lambda value: f"{round(cast('Duration', value).seconds * 1000)}.milliseconds",
    ),
    "fontFamily": ("List<String>", lambda value: f"listOf({_quoted(value)})"),
    "fontWeight": (
        "FontWeight",
        lambda value: f"FontWeight({round(weight_of(cast('FontWeight', value)))})",
    ),
    "cubicBezier": (
        "CubicBezierEasing",
        lambda value: (
            "CubicBezierEasing("
            + ", ".join(f"{part:g}f" for part in cast("CubicBezier", value))
            + ")"
        ),
    ),
}
