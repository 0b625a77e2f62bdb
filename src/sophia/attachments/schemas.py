"""The wire shapes of attachments."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

MAX_NAME_CHARS = 200
MAX_PER_MESSAGE = 10


def _one_line(name: str) -> str:
    if not name.isprintable():
        raise ValueError("contains a control character: leave it out")
    return name


type FileName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_NAME_CHARS,
        json_schema_extra={"pattern": r"^[ -~\u00a1-\u00ac\u00ae-\u024f]+$"},
    ),
    AfterValidator(_one_line),
]


class AttachmentOut(BaseModel):
    """A file that goes, or can go, with a message."""

    attachment_id: UUID
    name: str
    media_type: str = Field(description="As found in its content.")
    size_bytes: int
    pages: int | None = Field(description="Of a PDF.")
    is_cut: bool = Field(description="Whether only its beginning is read.")
    created_at: datetime
