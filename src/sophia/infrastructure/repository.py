"""What machines cost, in PostgreSQL: one row for each look at them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from sophia.store.database import Reader, Writer

KEPT_DAYS = 400
_MOST_MACHINES = 200

_ADD = text("""
    INSERT INTO machine_samples (at, hourly_usd, machines) VALUES (:at, :hourly_usd, :machines)
    ON CONFLICT DO NOTHING
""").bindparams(bindparam("machines", type_=JSONB))
_PRUNE = text(f"""
    DELETE FROM machine_samples WHERE at < now() - interval '{KEPT_DAYS} days'
""")  # noqa: S608 - a constant of this module
_LAST = text("SELECT at, hourly_usd, machines FROM machine_samples ORDER BY at DESC LIMIT 1")
_BY_TIME = text("""
    SELECT date_trunc(:unit, at) AS start, sum(hourly_usd) AS hourly_usd, count(*) AS samples,
        max(hourly_usd) AS peak_hourly_usd, max(jsonb_array_length(machines)) AS most_machines
    FROM machine_samples WHERE at >= :since GROUP BY 1 ORDER BY 1
""")
_BY_MACHINE = text("""
    SELECT one->>'id' AS id, max(one->>'name') AS name, max(one->>'instance_type') AS instance_type,
        sum((one->>'hourly_usd')::double precision) AS hourly_usd, count(*) AS samples
    FROM machine_samples, jsonb_array_elements(machines) AS one
    WHERE at >= :since GROUP BY 1 ORDER BY hourly_usd DESC, 1 LIMIT :limit
""")


async def add(
    writer: Writer, at: datetime, *, hourly_usd: float, machines: Sequence[dict[str, Any]]
) -> None:
    """Keep what was seen, once for each time, and let go of what is old."""
    await writer.execute(_ADD, {"at": at, "hourly_usd": hourly_usd, "machines": list(machines)})
    await writer.execute(_PRUNE)


async def last(reader: Reader) -> RowMapping | None:
    """Give what was seen last."""
    return (await reader.execute(_LAST)).mappings().first()


async def by_time(reader: Reader, *, unit: str, since: datetime) -> Sequence[RowMapping]:
    """Add up by hours or days."""
    return (await reader.execute(_BY_TIME, {"unit": unit, "since": since})).mappings().all()


async def by_machine(reader: Reader, *, since: datetime) -> Sequence[RowMapping]:
    """Add up by machines, the dearest first."""
    values = {"since": since, "limit": _MOST_MACHINES}
    return (await reader.execute(_BY_MACHINE, values)).mappings().all()
