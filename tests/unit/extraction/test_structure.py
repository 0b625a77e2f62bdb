"""What is read of each type of file: its text, with headings and pages."""

import pytest

from sophia.extraction import content
from sophia.extraction.program import extract
from tests.support.files import outlined_pdf, pdf, word

MARKDOWN = """\
---
title: Handbook
---
# Deploying

We deploy on *Friday*.

- one
- two

## Rolling back

```sh
# no heading
make back
```

| a | b |
|---|---|
| 1 | 2 |
"""
HTML = """\
<!doctype html><html><head><title>T</title><style>p {}</style>
<script>alert("stolen")</script></head>
<body onload="alert(1)"><nav>Home</nav><h1>Deploying <i>fast</i></h1>
<p>We deploy on <b>Friday</b> <i>evening</i>.<br>Always.</p><!-- hidden -->
<ul><li>one<li>two</ul><script>steal()</script>
<table><tr><th>a<th>b<tr><td>1<td>2</table>
<pre>  kept
    as is</pre><noscript>unseen</noscript><p>never closed
"""


def blocks(raw: bytes, media_type: str) -> list[tuple[str, int, int | None]]:
    return extract(raw, media_type=media_type, max_pages=100, max_chars=10_000)["blocks"]


def test_markdown_is_read_by_its_blocks() -> None:
    assert blocks(MARKDOWN.encode(), content.MARKDOWN) == [
        ("---\ntitle: Handbook\n---", 0, None),
        ("Deploying", 1, None),
        ("We deploy on *Friday*.", 0, None),
        ("- one\n- two", 0, None),
        ("Rolling back", 2, None),
        ("```sh\n# no heading\nmake back\n```", 0, None),
        ("| a | b |\n|---|---|\n| 1 | 2 |", 0, None),
    ]


def test_html_is_read_as_a_reader_sees_it_and_no_script_is() -> None:
    assert blocks(HTML.encode(), content.HTML) == [
        ("Home", 0, None),
        ("Deploying fast", 1, None),
        ("We deploy on Friday evening.\nAlways.", 0, None),
        ("one\ntwo", 0, None),
        ("a | b\n1 | 2", 0, None),
        ("kept\n    as is", 0, None),
        ("never closed", 0, None),
    ]


def test_plain_text_is_read_by_its_paragraphs_and_form_feeds() -> None:
    assert blocks(b"one\ntwo\r\n\r\n\n three", content.PLAIN) == [
        ("one\ntwo", 0, None),
        ("three", 0, None),
    ]
    assert blocks(b"first\x0csecond\x00", content.PLAIN) == [("first", 0, 1), ("second", 0, 2)]


def test_word_is_read_with_its_headings_and_tables() -> None:
    raw = word(
        ("Title", "Handbook"),
        ("Heading 2", "Deploying"),
        ("Normal", "We deploy on Friday."),
        table=[["a", "b"], ["1", "2"]],
    )
    assert blocks(raw, content.DOCX) == [
        ("Handbook", 1, None),
        ("Deploying", 2, None),
        ("We deploy on Friday.", 0, None),
        ("a | b\n1 | 2", 0, None),
    ]


def test_a_pdf_is_read_by_pages_and_its_outline() -> None:
    raw = outlined_pdf("Deploying", "on Friday", outline=[("Deploying", 1), ("Rolling back", 2)])
    assert blocks(raw, content.PDF) == [
        ("Deploying", 1, 1),
        ("Rolling back", 1, 2),
        ("on Friday", 0, 2),
    ]


@pytest.mark.parametrize(
    ("bounds", "read"),
    [
        ({"max_pages": 1, "max_chars": 99}, [("first", 0, 1)]),
        ({"max_pages": 9, "max_chars": 7}, [("first", 0, 1), ("se", 0, 2)]),
    ],
)
def test_what_is_beyond_the_bounds_is_not_read_and_that_is_told(
    bounds: dict[str, int], read: list[tuple[str, int, int]]
) -> None:
    found = extract(pdf("first", "second"), media_type=content.PDF, **bounds)
    assert (found["blocks"], found["pages"], found["is_cut"]) == (read, 2, True)


@pytest.mark.parametrize(
    ("raw", "name", "declared", "media_type"),
    [
        (b"%PDF-1.7", "a.txt", "text/plain", content.PDF),
        (word(("Normal", "x")), "a.zip", "", content.DOCX),
        (b"PK\x03\x04xl/workbook.xml", "a.docx", "", None),
        (b" <!-- x --><!DOCTYPE HTML>", "a.txt", "", content.HTML),
        (b"<p>x", "a.HTM", "", content.HTML),
        (b"<p>x", "a", "text/html", content.HTML),
        (b"<p>x", "a", "", content.PLAIN),
        (b"# x", "README.md", "text/plain", content.MARKDOWN),
        (b"\xff\xfe", "a.md", "text/markdown", None),
    ],
)
def test_a_documents_type_is_told_by_its_content_and_a_texts_by_its_name_too(
    raw: bytes, name: str, declared: str, media_type: str | None
) -> None:
    assert content.document_type_of(raw, name=name, declared=declared) == media_type
