"""The blocks that a tool's answer can consist of."""

import base64

from mcp_types import (
    AudioContent,
    BlobResourceContents,
    EmbeddedResource,
    ImageContent,
    TextContent,
    TextResourceContents,
)


def text(words: str) -> TextContent:
    """Give words."""
    return TextContent(type="text", text=words)


def image(data: bytes, *, mime_type: str = "image/png") -> ImageContent:
    """Show a picture."""
    return ImageContent(type="image", data=_encoded(data), mime_type=mime_type)


def audio(data: bytes, *, mime_type: str = "audio/wav") -> AudioContent:
    """Play a sound."""
    return AudioContent(type="audio", data=_encoded(data), mime_type=mime_type)


def embedded(uri: str, content: str | bytes, *, mime_type: str) -> EmbeddedResource:
    """Enclose a resource."""
    return EmbeddedResource(type="resource", resource=contents(uri, content, mime_type=mime_type))


def contents(
    uri: str, content: str | bytes, *, mime_type: str
) -> TextResourceContents | BlobResourceContents:
    """Give what is read under an address: text as it is, bytes encoded."""
    if isinstance(content, str):
        return TextResourceContents(uri=uri, mime_type=mime_type, text=content)
    return BlobResourceContents(uri=uri, mime_type=mime_type, blob=_encoded(content))


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()
