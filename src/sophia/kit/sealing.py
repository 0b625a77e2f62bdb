"""Sealing what only we may read again: AES-256-GCM under a key derived for one purpose."""

import hashlib
import hmac

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

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
