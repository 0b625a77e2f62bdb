"""Typed identifiers, all UUID version 7 (RFC 9562, section 5.7): they sort by time of birth."""

import secrets
import time
from typing import NewType
from uuid import UUID

UserId = NewType("UserId", UUID)
ConversationId = NewType("ConversationId", UUID)
TurnId = NewType("TurnId", UUID)
MessageId = NewType("MessageId", UUID)
MemoryId = NewType("MemoryId", UUID)
ApiKeyId = NewType("ApiKeyId", UUID)
SessionId = NewType("SessionId", UUID)


def uuid7() -> UUID:
    """Give a new time-ordered identifier: 48 bits of milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random_bits = secrets.randbits(74)
    value = (
        (milliseconds & 0xFFFF_FFFF_FFFF) << 80
        | 0x7 << 76
        | (random_bits >> 62) << 64
        | 0b10 << 62
        | (random_bits & 0x3FFF_FFFF_FFFF_FFFF)
    )
    return UUID(int=value)
