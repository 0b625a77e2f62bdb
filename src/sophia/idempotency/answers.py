"""Answers as they are kept: encrypted, for one of them may hold a new API key."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from dataclasses import dataclass

import orjson
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

_HEADER = {"alg": "dir", "enc": "A256GCM"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered with."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Seal:
    """Encrypts answers and fingerprints requests, under keys that are made from the pepper."""

    def __init__(self, pepper: str) -> None:
        """Make the keys."""
        self._answers = OctKey.import_key(_derived(pepper, b"sophia idempotency: answers"))
        self._requests = _derived(pepper, b"sophia idempotency: requests")

    def close(self, answer: Answer) -> str:
        """Encrypt an answer."""
        plain = orjson.dumps([answer.status, answer.headers, b64encode(answer.body).decode()])
        return jwe.encrypt_compact(_HEADER, plain, self._answers)

    def open(self, sealed: str) -> Answer | None:
        """Decrypt an answer; nothing if it was encrypted under another pepper."""
        try:
            plain = jwe.decrypt_compact(sealed, self._answers).plaintext
        except (JoseError, ValueError):
            return None
        status, headers, body = orjson.loads(plain or b"")
        return Answer(status, tuple((name, value) for name, value in headers), b64decode(body))

    def fingerprint(self, *parts: bytes) -> bytes:
        """Give what tells a request from others. Keyed: a body may hold a password."""
        digest = hmac.new(self._requests, digestmod=hashlib.sha256)
        for part in parts:
            digest.update(len(part).to_bytes(8))
            digest.update(part)
        return digest.digest()


def _derived(pepper: str, purpose: bytes) -> bytes:
    return hmac.digest(pepper.encode(), purpose, hashlib.sha256)
