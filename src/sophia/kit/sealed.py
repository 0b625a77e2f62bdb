"""Small facts sealed for the way through other hands: nobody else reads or changes them.

AES-256-GCM (NIST SP 800-38D) with a random nonce; the purpose is authenticated along, so that what
was sealed for one purpose opens for no other.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any, cast

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sophia.kit.clock import Clock

_NONCE_BYTES = 12


class Sealer:
    """Seals facts for one purpose; every process with the same pepper opens them."""

    def __init__(self, pepper: str, *, purpose: str, clock: Clock) -> None:
        """Derive a key for the purpose."""
        self._purpose = purpose.encode()
        self._aead = AESGCM(hmac.digest(pepper.encode(), self._purpose, hashlib.sha256))
        self._clock = clock

    def seal(self, facts: Mapping[str, Any], *, ttl_s: float) -> str:
        """Seal facts for some time; the text is URL-safe."""
        expires_at = self._clock.now().timestamp() + ttl_s
        nonce = secrets.token_bytes(_NONCE_BYTES)
        text = orjson.dumps([expires_at, dict(facts)])
        sealed = nonce + self._aead.encrypt(nonce, text, self._purpose)
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def open(self, sealed: str) -> dict[str, Any] | None:
        """Give the facts, or nothing if they are not ours, were changed or are too old."""
        try:
            raw = base64.b64decode(sealed + "=" * (-len(sealed) % 4), altchars=b"-_", validate=True)
            text = self._aead.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], self._purpose)
        except (binascii.Error, ValueError, InvalidTag):
            return None
        expires_at, facts = cast("tuple[float, dict[str, Any]]", orjson.loads(text))
        return facts if self._clock.now().timestamp() < expires_at else None
