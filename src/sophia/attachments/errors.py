"""What can go wrong with an attachment."""

from sophia.kit.errors import Kind, SophiaError


class AttachmentMissingError(SophiaError):
    """There is no such attachment: upload the file again."""

    kind = Kind.MISSING
    code = "attachments.missing"


class AttachmentTypeError(SophiaError):
    """That is neither text in UTF-8, nor a PDF, nor a PNG, JPEG, WebP or GIF image: convert it."""

    kind = Kind.INVALID
    code = "attachments.type_unknown"


class AttachmentEmptyError(SophiaError):
    """The file is empty: choose another."""

    kind = Kind.INVALID
    code = "attachments.empty"


class AttachmentTooLargeError(SophiaError):
    """The file is too large: send a smaller one."""

    kind = Kind.INVALID
    code = "attachments.too_large"


class AttachmentQuotaError(SophiaError):
    """Your attachments take up all the room that they may: delete conversations that hold some."""

    kind = Kind.CONFLICT
    code = "attachments.quota_used_up"


class PdfUnreadableError(SophiaError):
    """The PDF cannot be read: it is broken, or takes too long. Print it to a PDF anew."""

    kind = Kind.INVALID
    code = "attachments.pdf_unreadable"


class PdfEncryptedError(SophiaError):
    """The PDF needs a password: save it without one, then attach that."""

    kind = Kind.INVALID
    code = "attachments.pdf_encrypted"


class PdfWithoutTextError(SophiaError):
    """The PDF holds no text, only pictures of pages: attach those as images."""

    kind = Kind.INVALID
    code = "attachments.pdf_without_text"


class AttachmentInUseError(SophiaError):
    """The attachment belongs to a message: it is deleted with its conversation."""

    kind = Kind.CONFLICT
    code = "attachments.in_use"
