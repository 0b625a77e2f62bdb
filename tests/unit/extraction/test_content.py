"""A file is what its content says."""

import pytest

from sophia.extraction.content import media_type_of
from tests.support.files import pdf, png


@pytest.mark.parametrize(
    ("content", "name", "found"),
    [
        (png(), "notes.txt", "image/png"),
        (b"\xff\xd8\xff\xe0rest", "x.png", "image/jpeg"),
        (b"GIF89a rest", "x", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "x", "image/webp"),
        (pdf("Hello"), "x.md", "application/pdf"),
        ("# Größe".encode(), "a.MD", "text/markdown"),
        (b"\xef\xbb\xbfwith a mark", "a.html", "text/plain"),
        (b"<script>alert(1)</script>", "a.html", "text/plain"),
        (b"MZ\x90\x00\x03", "a.txt", None),
        (b"a\x00b", "a.txt", None),
        ("Größe".encode("latin-1"), "a.txt", None),
        (b"PK\x03\x04", "a.docx", None),
    ],
)
def test_the_content_says_what_a_file_is(content: bytes, name: str, found: str | None) -> None:
    assert media_type_of(content, name=name) == found
