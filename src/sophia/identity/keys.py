"""API keys as text: sophia_live_ + 37 random characters + a CRC-32 that finds typing errors.

The random part holds about 220 bits, so a keyed hash is enough to store it (OWASP ASVS 5.0, 6.5.2).
"""

import hashlib
import hmac
import secrets
import string
import zlib

PREFIX = "sophia_live_"
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM_CHARS = 37
_CHECK_CHARS = 6


def generate() -> str:
    """Make a new key."""
    random_part = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_CHARS))
    return PREFIX + random_part + _check(random_part)


def is_well_formed(key: str) -> bool:
    """Say whether a text can be a key at all, without asking the database."""
    body = key.removeprefix(PREFIX)
    if len(body) == len(key) or len(body) != _RANDOM_CHARS + _CHECK_CHARS or not body.isascii():
        return False
    return hmac.compare_digest(_check(body[:_RANDOM_CHARS]), body[_RANDOM_CHARS:])


def fingerprint(secret: str, *, pepper: str) -> bytes:
    """Give what is stored of a secret: HMAC-SHA256 under the pepper."""
    return hmac.digest(pepper.encode(), secret.encode(), hashlib.sha256)


def _check(random_part: str) -> str:
    value = zlib.crc32(random_part.encode())
    digits: list[str] = []
    for _ in range(_CHECK_CHARS):
        value, digit = divmod(value, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
