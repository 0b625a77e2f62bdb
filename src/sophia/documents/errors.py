"""What can go wrong with documents."""

from sophia.kit.errors import Kind, SophiaError


class DocumentMissingError(SophiaError):
    """There is no such document: list_documents gives the ids of those that there are."""

    kind = Kind.MISSING
    code = "documents.missing"


class DocumentGuardedError(SophiaError):
    """Somebody else added this shared document: ask them, or a maintainer of its scope."""

    kind = Kind.FORBIDDEN
    code = "documents.guarded"


class DocumentEmptyError(SophiaError):
    """There is no text in it: send one that has some; pictures of pages are not read."""

    kind = Kind.INVALID
    code = "documents.empty"


class DocumentTypeError(SophiaError):
    """That is neither text in UTF-8 (plain, Markdown, HTML), nor PDF, nor DOCX: convert it."""

    kind = Kind.INVALID
    code = "documents.type_unknown"


class DocumentTooLargeError(SophiaError):
    """The document is too large: divide it, and send the parts under names of their own."""

    kind = Kind.INVALID
    code = "documents.too_large"


class DocumentUploadedError(SophiaError):
    """It was uploaded, so there is nowhere to fetch it: upload it again under the same name."""

    kind = Kind.CONFLICT
    code = "documents.uploaded"


class DocumentGoneError(SophiaError):
    """The other machine does not give this document: check the URL in a browser."""

    kind = Kind.INVALID
    code = "documents.not_given"


class DocumentGivenUpError(SophiaError):
    """Reading it ended workers more than once: save the document anew, and add that."""

    kind = Kind.INVALID
    code = "documents.given_up"
