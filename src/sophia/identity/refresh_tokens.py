"""Refresh tokens as text: the session, 256 secret bits, and a check that only we can make.

The check tells a token that we gave out and have replaced since, which means theft, from one that
somebody made up, which means nothing. A successor is derived from its predecessor, so that whoever
asks twice gets the same one although only hashes are stored.
"""

import hashlib
import hmac
import secrets
from uuid import UUID

from sophia.identity.errors import SessionEndedError
from sophia.kit.ids import SessionId


def first(session_id: SessionId, *, pepper: str) -> str:
    """Make the first token of a session."""
    return _complete(f"{session_id.hex}.{secrets.token_hex(32)}", pepper=pepper)


def successor(token: str, *, pepper: str) -> str:
    """Give the token that replaces this one, always the same."""
    session, _, _ = token.partition(".")
    return _complete(f"{session}.{_keyed('successor', token, pepper=pepper)}", pepper=pepper)


def session_of(token: str, *, pepper: str) -> SessionId:
    """Say which session a token of ours belongs to; raises SessionEndedError for any other text."""
    body, _, check = token.rpartition(".")
    if not check.isascii() or not hmac.compare_digest(_check(body, pepper=pepper), check):
        raise SessionEndedError
    return SessionId(UUID(hex=body.partition(".")[0]))


def digest(token: str) -> bytes:
    """Give what is stored of a token, or of any other text with enough random bits."""
    return hashlib.sha256(token.encode(errors="replace")).digest()


def _complete(body: str, *, pepper: str) -> str:
    return f"{body}.{_check(body, pepper=pepper)}"


def _check(body: str, *, pepper: str) -> str:
    return _keyed("check", body, pepper=pepper)[:32]


def _keyed(purpose: str, text: str, *, pepper: str) -> str:
    said = f"refresh token {purpose}: {text}".encode(errors="replace")
    return hmac.new(pepper.encode(), said, hashlib.sha256).hexdigest()
