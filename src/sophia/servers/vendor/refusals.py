"""A vendor's refusal in our words: what happened, what it said, what to do next."""

from sophia.servers.vendor.dialect import Answer, Dialect
from sophia.servers.vendor.errors import (
    VendorAwayError,
    VendorConflictError,
    VendorError,
    VendorForbiddenError,
    VendorLimitError,
    VendorMissingError,
    VendorPaidError,
    VendorRefusedError,
    VendorTokenRefusedError,
)

_UNAUTHENTICATED, _PAID, _FORBIDDEN, _MISSING, _GONE = 401, 402, 403, 404, 410
_CONFLICTS = (409, 412, 423)
_AWAY = 500


def refusal(answer: Answer, dialect: Dialect) -> VendorError:
    """Give the error that an answer of 300 and more becomes."""
    said = dialect.words(answer)
    quoted = f" It says: {said}" if said else ""
    title = dialect.title
    if answer.status == _UNAUTHENTICATED:
        return VendorTokenRefusedError(
            f"{title} does not know the token: the operator sets a valid {dialect.token_name}."
        )
    if answer.status == _FORBIDDEN:
        hint = dialect.scope_hint(answer)
        return VendorForbiddenError(
            f"{title} does not allow that to the token of {dialect.token_name}."
            f"{' ' + hint if hint else ''}{quoted}"
        )
    if answer.status in {_MISSING, _GONE}:
        return VendorMissingError(
            f"{title} has no such thing, or hides it from this token: check the names, and that"
            f" the token sees them.{quoted}"
        )
    return _other(answer, title, quoted)


def limited(dialect: Dialect, wait_s: float) -> VendorLimitError:
    """Give the error of a rate limit."""
    return VendorLimitError(
        f"The rate limit of {dialect.title} is used up: call again in {max(1, round(wait_s))} s.",
        retry_after_s=wait_s,
    )


def _other(answer: Answer, title: str, quoted: str) -> VendorError:
    if answer.status == _PAID:
        return VendorPaidError(
            f"{title} keeps that for paid plans: do it in another way, or without it.{quoted}"
        )
    if answer.status in _CONFLICTS:
        return VendorConflictError(
            f"{title} refuses it as things are now: read it again, then repeat the change.{quoted}"
        )
    if answer.status >= _AWAY:
        return VendorAwayError(
            f"{title} is in trouble (HTTP {answer.status}): try again in a minute.{quoted}"
        )
    return VendorRefusedError(
        f"{title} refuses the request (HTTP {answer.status}): mend what it names.{quoted}"
    )
