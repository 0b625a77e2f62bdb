"""Jobs for one thing at a time, queued in the transaction that makes them necessary."""

from dataclasses import dataclass

import orjson
from sqlalchemy import text

from sophia.store.database import Writer

QUEUE = "default"

_ENQUEUE = text("""
    SELECT procrastinate_defer_jobs_v1(ARRAY[
        ROW(:queue, :task, 0, :lock, :key, cast(:arguments AS jsonb), NULL::timestamptz)
    ]::procrastinate_job_to_defer_v1[])
""")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A task's name, and the id of what it is done for.

    Those of one task that share `in_turn_with` run one after the other, in their order.
    """

    task: str
    id: str
    in_turn_with: str


async def enqueue(writer: Writer, wanted: Wanted) -> None:
    """Queue a job: it begins once the transaction is committed, and not at all if it is not."""
    values = {
        "queue": QUEUE,
        "task": wanted.task,
        "lock": f"{wanted.task}:{wanted.in_turn_with}",
        "key": f"{wanted.task}:{wanted.id}",
        "arguments": orjson.dumps({"id": wanted.id}).decode(),
    }
    await writer.execute(_ENQUEUE, values)
