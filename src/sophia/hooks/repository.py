"""Deliveries in PostgreSQL: each once, and for a bounded time."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from sophia.hooks.schemas import Delivery
from sophia.kit.ids import uuid7
from sophia.store.database import Reader, Writer

KEPT_DAYS = 30
_MAX_SECRETS = 100

_ADD = text("""
    INSERT INTO hook_deliveries (vendor, digest, delivery_id, happenings, received_at)
    VALUES (:vendor, :digest, :delivery_id, :happenings, now())
    ON CONFLICT DO NOTHING RETURNING vendor
""").bindparams(bindparam("happenings", type_=JSONB))
_WAITING = text("SELECT DISTINCT vendor FROM hook_deliveries WHERE handled_at IS NULL")
_CLAIM = text("""
    WITH taken AS (
        UPDATE hook_deliveries SET handled_at = now()
        WHERE (vendor, digest) IN (
            SELECT vendor, digest FROM hook_deliveries WHERE handled_at IS NULL
            ORDER BY received_at LIMIT :limit FOR UPDATE SKIP LOCKED
        )
        RETURNING vendor, happenings, received_at
    )
    SELECT * FROM taken ORDER BY received_at
""")
_PRUNE = text(f"""
    DELETE FROM hook_deliveries
    WHERE received_at < now() - interval '{KEPT_DAYS} days' AND handled_at IS NOT NULL
""")  # noqa: S608 - a constant of this module
_ADD_SECRET = text("""
    INSERT INTO hook_secrets (id, vendor, sealed, created_at)
    VALUES (:id, :vendor, :sealed, now())
""")
_SECRETS = text("""
    SELECT sealed FROM hook_secrets WHERE vendor = :vendor ORDER BY id DESC LIMIT :limit
""")


async def add(writer: Writer, delivery: Delivery) -> bool:
    """Store a delivery; says whether it is the first of its kind."""
    values: dict[str, Any] = {
        "vendor": delivery.vendor,
        "digest": delivery.digest,
        "delivery_id": delivery.delivery_id,
        "happenings": [[one.event, one.facts] for one in delivery.happenings],
    }
    return await writer.scalar(_ADD, values) is not None


async def waiting(reader: Reader) -> Sequence[str]:
    """Give the vendors of whom something is not handled yet."""
    return (await reader.scalars(_WAITING)).all()


async def claim(writer: Writer, *, limit: int) -> Sequence[RowMapping]:
    """Take the oldest that nobody is at; they are handled when this transaction ends well."""
    return (await writer.execute(_CLAIM, {"limit": limit})).mappings().all()


async def prune(writer: Writer) -> None:
    """Forget what was handled long ago."""
    await writer.execute(_PRUNE)


async def add_secret(writer: Writer, vendor: str, sealed: str) -> None:
    """Keep a secret that a vendor gave."""
    await writer.execute(_ADD_SECRET, {"id": uuid7(), "vendor": vendor, "sealed": sealed})


async def secrets(reader: Reader, vendor: str) -> Sequence[str]:
    """Give the secrets that a vendor gave, the youngest first."""
    return (await reader.scalars(_SECRETS, {"vendor": vendor, "limit": _MAX_SECRETS})).all()
