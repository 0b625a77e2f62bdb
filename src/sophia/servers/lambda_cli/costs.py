"""What the machines cost: now, since the month began, and until it ends."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel, Field

from sophia.kit.clock import Clock
from sophia.servers.call import Call
from sophia.servers.lambda_cli.client import Lambda
from sophia.servers.lambda_cli.raw import RawEvent, RawMachine
from sophia.servers.lambda_cli.schemas import HOURS_OF_MONTH, counts, hourly_of
from sophia.servers.parts import NoArguments

# The log is read page by page, and each page is one of the few requests.
_MOST_PAGES = 4
# The vendor's description leaves the words open; its own examples are in the past tense.
_BEGINNINGS = frozenset({"launched", "launch", "created", "create"})
_ENDS = frozenset({"terminated", "terminate", "deleted", "delete", "preempted"})
_MACHINE = "cloud.instance"


class Share(BaseModel):
    """What one machine cost since the month began."""

    instance_id: str
    name: str | None
    instance_type: str
    is_running: bool
    hourly_usd: float | None = Field(description="The price of now; null: no longer offered.")
    hours: float = Field(description="In this month.")
    cost_usd: float


class CostSummary(BaseModel):
    """What the machines cost, without taxes and filesystems."""

    hourly_usd: float
    daily_usd: float
    monthly_usd: float = Field(description=f"At what runs now, of {HOURS_OF_MONTH} hours.")
    month: str
    month_to_date_usd: float
    forecast_usd: float = Field(description="For the whole month, if what runs now runs on.")
    machines: list[Share] = Field(description="The dearest first, and those that have ended.")
    basis: str = Field(description="What the figures rest on, and what they leave out.")


@dataclass(slots=True)
class _Life:
    """When a machine was there in this month, as far as the log says."""

    kind: str | None
    began_at: datetime | None = None
    ended_at: datetime | None = None


class CostTools:
    """Adds up."""

    def __init__(self, vendor: Lambda, clock: Clock) -> None:
        """Take Lambda."""
        self._vendor = vendor
        self._clock = clock

    async def get_cost_summary(self, _asked: NoArguments, _call: Call) -> CostSummary:
        """Say what the machines cost."""
        now = self._clock.now()
        month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        machines, offers = await asyncio.gather(self._vendor.machines(), self._vendor.offers())
        lives, is_whole = await self._lives(month)
        prices = {name: one.instance_type.price_cents_per_hour for name, one in offers.items()}
        running = [one for one in machines if counts(one)]
        shares = [
            *(_share(one, lives.pop(one.id, None), month, now) for one in running),
            *_ended(lives, prices, month),
        ]
        hourly_usd = hourly_of(running)
        so_far_usd = sum(one.cost_usd for one in shares)
        left_h = (_following(month) - now) / timedelta(hours=1)
        return CostSummary(
            hourly_usd=hourly_usd,
            daily_usd=round(24 * hourly_usd, 2),
            monthly_usd=round(HOURS_OF_MONTH * hourly_usd, 2),
            month=month.strftime("%Y-%m"),
            month_to_date_usd=round(so_far_usd, 2),
            forecast_usd=round(so_far_usd + left_h * hourly_usd, 2),
            machines=sorted(shares, key=lambda one: -one.cost_usd),
            basis=_basis(is_whole=is_whole),
        )

    async def _lives(self, month: datetime) -> tuple[dict[str, _Life], bool]:
        lives: dict[str, _Life] = {}
        token: str | None = None
        for _ in range(_MOST_PAGES):
            page = await self._vendor.events(
                {
                    "start": month.strftime("%Y-%m-%dT%H:%M:%SZ"),
                    "resource_type": _MACHINE,
                    "page_token": token,
                }
            )
            _note(lives, page.data)
            token = page.page_token
            if token is None:
                return lives, True
        return lives, False


def _note(lives: dict[str, _Life], events: Sequence[RawEvent]) -> None:
    for event in events:
        kind = event.additional_details.get("instance_type")
        for lrn in event.resource_lrns:
            life = lives.setdefault(lrn.rpartition(":")[2], _Life(kind))
            if event.action in _BEGINNINGS:
                life.began_at = event.event_time
            elif event.action in _ENDS:
                life.ended_at = event.event_time


def _share(machine: RawMachine, life: _Life | None, month: datetime, now: datetime) -> Share:
    began_at = life.began_at if life else None
    hours = (now - (began_at or month)) / timedelta(hours=1)
    cents = machine.instance_type.price_cents_per_hour
    return Share(
        instance_id=machine.id,
        name=machine.name or None,
        instance_type=machine.instance_type.name,
        is_running=True,
        hourly_usd=cents / 100,
        hours=round(hours, 1),
        cost_usd=round(hours * cents / 100, 2),
    )


def _ended(
    lives: Mapping[str, _Life], prices: Mapping[str, int], month: datetime
) -> Iterator[Share]:
    for machine_id, life in lives.items():
        if life.ended_at is None:
            continue
        hours = (life.ended_at - (life.began_at or month)) / timedelta(hours=1)
        cents = prices.get(life.kind or "")
        yield Share(
            instance_id=machine_id,
            name=None,
            instance_type=life.kind or "unknown",
            is_running=False,
            hourly_usd=cents / 100 if cents is not None else None,
            hours=round(hours, 1),
            cost_usd=round(hours * (cents or 0) / 100, 2),
        )


def _following(month: datetime) -> datetime:
    return (month + timedelta(days=32)).replace(day=1)


def _basis(*, is_whole: bool) -> str:
    said = "Lambda's audit log of this month and the prices of now; no bill."
    if is_whole:
        return said
    return f"{said} The log is long and was not read to its end: what ended late may be missing."
