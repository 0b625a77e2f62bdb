"""Sealing what only we may read again: AES-256-GCM under a key derived for one purpose."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, cast

import orjson
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from sophia.kit.clock import Clock

_HEADER = {"alg": "dir", "enc": "A256GCM"}


class Seal:
    """Seals under keys that are derived from a secret.

    What is bound to something, such as a row's owner, is opened with that same thing alone: moved
    to another row it is worthless.
    """

    def __init__(self, secret: str, *, purpose: str) -> None:
        """Take the secret, and what is sealed: each purpose has keys of its own."""
        self._secret = secret.encode()
        self._purpose = purpose.encode()

    def close(self, body: bytes, *, bound_to: str = "") -> str:
        """Seal."""
        return jwe.encrypt_compact(dict(_HEADER), body, self._key(bound_to))

    def open(self, text: str, *, bound_to: str = "") -> bytes | None:
        """Read what was sealed; None, if it was not sealed so, or not here."""
        try:
            opened = jwe.decrypt_compact(text, self._key(bound_to), algorithms=[*_HEADER.values()])
        except (JoseError, ValueError, TypeError):
            return None
        return opened.plaintext

    def _key(self, bound_to: str) -> OctKey:
        said = self._purpose + (b"\0" + bound_to.encode() if bound_to else b"")
        return OctKey.import_key(hmac.digest(self._secret, said, hashlib.sha256))


class FactSeal:
    """Seals small facts for the way through other hands, for some time."""

    def __init__(self, secret: str, *, purpose: str, clock: Clock) -> None:
        """Take the secret, and what is sealed."""
        self._seal = Seal(secret, purpose=purpose)
        self._clock = clock

    def seal(self, facts: Mapping[str, Any], *, ttl_s: float) -> str:
        """Seal facts; the text is URL-safe."""
        expires_at = self._clock.now().timestamp() + ttl_s
        return self._seal.close(orjson.dumps([expires_at, dict(facts)]))

    def open(self, sealed: str) -> dict[str, Any] | None:
        """Give the facts, or nothing if they are not ours, were changed or are too old."""
        text = self._seal.open(sealed)
        if text is None:
            return None
        expires_at, facts = cast("tuple[float, dict[str, Any]]", orjson.loads(text))
        return facts if self._clock.now().timestamp() < expires_at else None
