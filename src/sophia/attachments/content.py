"""What a file is, by its content; what its sender calls it counts for nothing."""

MARKDOWN = "text/markdown"
PLAIN = "text/plain"
PDF = "application/pdf"
IMAGES = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})

_PDF_WITHIN_BYTES = 1024
_MARKDOWN_NAMES = (".md", ".markdown")
_KEPT_CONTROLS = frozenset("\n\r\t\f")


def media_type_of(content: bytes, *, name: str) -> str | None:
    """Give the media type, or nothing for what is not taken.

    Only which kind of text it is, which changes nothing, is believed of the name.
    """
    if (image := _image_type(content)) is not None:
        return image
    if b"%PDF-" in content[:_PDF_WITHIN_BYTES]:
        return PDF
    if text_of(content) is None:
        return None
    return MARKDOWN if name.lower().endswith(_MARKDOWN_NAMES) else PLAIN


def text_of(content: bytes) -> str | None:
    """Give a text, or nothing for what is no text in UTF-8."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    has_controls = any(one < " " and one not in _KEPT_CONTROLS for one in set(text))
    return None if has_controls else text


def _image_type(content: bytes) -> str | None:
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR":
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    return None
