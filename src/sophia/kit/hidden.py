"""Characters that nobody sees, and that a machine reads all the same.

Controls, formatting (directions, joiners, tags), variation selectors, fillers, separators, halves
of surrogate pairs, and what Unicode has not assigned. Line feeds and tabs are text.
"""

import unicodedata

_TEXT = frozenset("\n\t")
_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Drawn as nothing although they count as letters, marks or symbols.
_RANGES = (
    (0x034F, 0x034F),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x2800, 0x2800),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFFA0, 0xFFA0),
    (0xE0100, 0xE01EF),
)
_JOINER, _AS_PICTURE = "\u200d", "\ufe0f"
_PICTURES = frozenset({"So", "Sk"})


def is_hidden(character: str) -> bool:
    """Say whether a character is drawn as nothing, or moves others about."""
    if character in _TEXT:
        return False
    if unicodedata.category(character) in _CATEGORIES:
        return True
    point = ord(character)
    return any(first <= point <= last for first, last in _RANGES)


def stripped(text: str) -> str:
    """Leave out what nobody sees."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(one for one in text if not is_hidden(one))


def escaped(text: str) -> str:
    r"""Write what nobody sees as a regular expression does: \u200b, \U000e0041."""
    return "".join(_escape(one) if is_hidden(one) else one for one in text)


def marked(text: str) -> str:
    """Show what nobody sees by its number: <U+200B>."""
    return "".join(f"<U+{ord(one):04X}>" if is_hidden(one) else one for one in text)


def named(text: str) -> list[str]:
    """Name what nobody sees, each once, in the order of the text: U+200B ZERO WIDTH SPACE."""
    return [
        f"U+{ord(one):04X} {unicodedata.name(one, 'without a name')}"
        for one in dict.fromkeys(text)
        if is_hidden(one)
    ]


def hides(text: str) -> bool:
    """Say whether something is hidden that no picture needs: some have joiners and selectors."""
    return any(
        is_hidden(one) and not _belongs_to_a_picture(text, place) for place, one in enumerate(text)
    )


def _belongs_to_a_picture(text: str, place: int) -> bool:
    if text[place] not in {_JOINER, _AS_PICTURE} or place == 0:
        return False
    before = text[place - 1]
    if text[place] == _AS_PICTURE:
        return _is_picture(before)
    after = text[place + 1 : place + 2]
    return (_is_picture(before) or before == _AS_PICTURE) and bool(after) and _is_picture(after)


def _is_picture(character: str) -> bool:
    return unicodedata.category(character) in _PICTURES


def _escape(character: str) -> str:
    point = ord(character)
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"  # noqa: PLR2004 - the BMP
