"""What a file is, by its content; what its sender calls it counts for nothing."""

MARKDOWN = "text/markdown"
PLAIN = "text/plain"
HTML = "text/html"
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
IMAGES = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})

_PDF_WITHIN_BYTES = 1024
_MARKDOWN_NAMES = (".md", ".markdown")
_HTML_NAMES = (".html", ".htm", ".xhtml")
_HTML_MARKS = ("<!doctype html", "<html")
_HTML_WITHIN_CHARS = 2048
# Where Office keeps a document that has a password, and where it kept all documents long ago.
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SEALED = "EncryptedPackage".encode("utf-16-le")
_KEPT_CONTROLS = frozenset("\n\r\t\f")


def media_type_of(content: bytes, *, name: str) -> str | None:
    """Give the media type, or nothing for what is not taken.

    Only which kind of text it is, which changes nothing, is believed of the name.
    """
    if (image := _image_type(content)) is not None:
        return image
    if _is_pdf(content):
        return PDF
    if text_of(content) is None:
        return None
    return MARKDOWN if name.lower().endswith(_MARKDOWN_NAMES) else PLAIN


def document_type_of(content: bytes, *, name: str, declared: str = "") -> str | None:
    """Give the type of what has text and structure, or nothing for what is not taken.

    Which kind of text it is, is believed of the name and of what is declared.
    """
    if _is_pdf(content):
        return PDF
    if content.startswith(b"PK\x03\x04"):
        return DOCX if b"word/document" in content else None
    text = text_of(content)
    if text is None:
        return None
    if declared == HTML or name.lower().endswith(_HTML_NAMES):
        return HTML
    head = text[:_HTML_WITHIN_CHARS].lstrip().lower()
    if head.startswith("<") and any(mark in head for mark in _HTML_MARKS):
        return HTML
    is_markdown = declared == MARKDOWN or name.lower().endswith(_MARKDOWN_NAMES)
    return MARKDOWN if is_markdown else PLAIN


def has_office_password(content: bytes) -> bool:
    """Say whether it is a document of Office that a password guards."""
    return content.startswith(_OLE) and _SEALED in content


def text_of(content: bytes) -> str | None:
    """Give a text, or nothing for what is no text in UTF-8."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    has_controls = any(one < " " and one not in _KEPT_CONTROLS for one in set(text))
    return None if has_controls else text


def _is_pdf(content: bytes) -> bool:
    return b"%PDF-" in content[:_PDF_WITHIN_BYTES]


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
