"""How each vendor signs what it sends, checked in constant time."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sophia.hooks.errors import HookForgedError, HookLateError

# Linear's own advice; Asana tries again for a day.
_LINEAR_WITHIN = timedelta(seconds=60)
_ASANA_WITHIN = timedelta(hours=24)


def check_github(secret: str, headers: Mapping[str, str], body: bytes) -> None:
    """Raise HookForgedError for what was not signed with the secret."""
    _check([secret], headers.get("x-hub-signature-256", ""), body, prefix="sha256=")


def check_linear(secret: str, headers: Mapping[str, str], body: bytes) -> None:
    """Raise HookForgedError for what was not signed with the secret."""
    _check([secret], headers.get("linear-signature", ""), body)


def check_asana(secrets: Sequence[str], headers: Mapping[str, str], body: bytes) -> None:
    """Raise HookForgedError for what was signed with none of the secrets that Asana gave."""
    _check(secrets, headers.get("x-hook-signature", ""), body)


def check_key(key: str, given: str) -> None:
    """Raise HookForgedError for an address without the key that we gave it."""
    if not hmac.compare_digest(key.encode(), given.encode()):
        raise HookForgedError("The address lacks its key: end it with ?key= and the secret.")


def check_linear_age(told: Mapping[str, Any], now: datetime) -> None:
    """Raise HookLateError for what was sent more than a minute ago, or is from the future."""
    sent_ms = told.get("webhookTimestamp")
    if not isinstance(sent_ms, int) or not _is_within(sent_ms / 1000, now, _LINEAR_WITHIN):
        raise HookLateError


def check_asana_age(told: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Raise HookLateError if something of it happened longer ago than Asana tries again."""
    for event in told:
        try:
            at = datetime.fromisoformat(str(event.get("created_at")))
        except ValueError as error:
            raise HookLateError from error
        at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
        if not _is_within(at.timestamp(), now, _ASANA_WITHIN):
            raise HookLateError


def _check(secrets: Sequence[str], given: str, body: bytes, *, prefix: str = "") -> None:
    signed = [
        prefix + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in secrets
    ]
    # All of them, however soon one fits.
    fits = [hmac.compare_digest(one.encode(), given.encode()) for one in signed]
    if not any(fits):
        raise HookForgedError


def _is_within(timestamp: float, now: datetime, most: timedelta) -> bool:
    return abs(now.timestamp() - timestamp) <= most.total_seconds()
