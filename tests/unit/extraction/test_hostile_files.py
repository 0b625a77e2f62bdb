"""Reading a file costs no more than its bounds, whoever made it."""

import zipfile
from io import BytesIO

import pytest

from sophia.extraction import content
from sophia.extraction.errors import (
    FileEncryptedError,
    FileExcessiveError,
    FileUnreadableError,
)
from sophia.extraction.reader import Bounds, Extractor
from sophia.kit.errors import SophiaError
from tests.support.files import encrypted_pdf, pdf, word, zip_bomb

pytestmark = pytest.mark.timeout(120)  # each file is read in a process of its own


def _spanning(columns: int) -> bytes:
    """Write a table whose one cell says that it spans so many columns."""
    whole = BytesIO(word(("Normal", "x"), table=[["a"]]))
    out = BytesIO()
    with zipfile.ZipFile(whole) as before, zipfile.ZipFile(out, "w") as after:
        for name in before.namelist():
            part = before.read(name)
            if name == "word/document.xml":
                span = b'<w:tcPr><w:gridSpan w:val="%d"/>' % columns
                part = part.replace(b"<w:tcPr>", span)
            after.writestr(name, part)
    return out.getvalue()


@pytest.mark.parametrize(
    ("raw", "media_type", "error"),
    [
        (pdf("a page")[:400], content.PDF, FileUnreadableError),
        (encrypted_pdf("secret"), content.PDF, FileEncryptedError),
        (zip_bomb(), content.DOCX, FileExcessiveError),
        (word(("Normal", "x"))[:2_000], content.DOCX, FileUnreadableError),
        (_spanning(2_000_000_000), content.DOCX, FileUnreadableError),
        (b"[" * 3_000_000, content.MARKDOWN, FileUnreadableError),
    ],
    ids=["cut PDF", "PDF with a password", "zip bomb", "cut DOCX", "wide cell", "brackets"],
)
async def test_a_hostile_file_is_refused_within_its_bounds(
    raw: bytes, media_type: str, error: type[SophiaError]
) -> None:
    bounds = Bounds(max_pages=10, max_chars=1_000, max_cpu_s=3, within_s=60)
    with pytest.raises(error):
        await Extractor(bounds).read(raw, media_type=media_type)
