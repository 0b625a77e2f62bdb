"""What machines cost: asked at most once a minute, kept every five, told when nobody answers."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sophia.core.messages import ToolResult
from sophia.infrastructure.service import InfrastructureService
from sophia.sandbox.faults import Fault
from sophia.sandbox.lambda_cloud.seed import IDLE
from sophia.store.database import Database
from sophia.toolbox.probe import ServerStatus
from tests.support.lambda_cloud import LambdaDesk, lambda_desk
from tests.support.vendor_desk import words_of


class Served:
    """The MCP server's health, as a probe finds it."""

    def __init__(self, status: str) -> None:
        self.status = status

    async def probe(self, name: str) -> ServerStatus:
        is_well = self.status == "healthy"
        return ServerStatus(name, 9040, self.status, configured=is_well, tools=25)

    async def all(self) -> Sequence[ServerStatus]:
        return [await self.probe("lambda-cli")]


def service_over(
    desk: LambdaDesk, database: Database, *, status: str = "healthy"
) -> InfrastructureService:
    async def ask(tool: str) -> ToolResult:
        given = await desk.client.call_tool(tool, {})
        return ToolResult(
            call_id="1",
            text=words_of(given),
            structured=given.structured_content,
            is_error=bool(given.is_error),
        )

    return InfrastructureService(database, ask, Served(status), desk.clock)


async def test_the_status_is_asked_for_once_in_a_minute_at_the_prices_of_now(
    database: Database,
) -> None:
    async with lambda_desk() as desk:
        service = service_over(desk, database)
        first = await service.status()
        kind = desk.state.types["gpu_1x_a10"]["instance_type"]
        kind["price_cents_per_hour"] = 85
        kept = await service.status()
        asked = len(desk.recorder.seen)
        desk.clock.advance(60)
        fresh = await service.status()
    assert (first.total_cost_per_hour, first.total_cost_per_month) == ("$17.36", "$12,672.80")
    assert (first.configured, first.healthy, first.source, first.note) == (True, True, "api", None)
    assert (asked, kept) == (1, first)
    assert fresh.total_cost_per_hour == "$17.46"


async def test_without_a_key_it_says_how_to_give_one(database: Database) -> None:
    async with lambda_desk(token="") as desk:
        told = await service_over(desk, database, status="degraded").status()
    assert (told.configured, told.healthy, told.instances) == (False, False, [])
    assert told.note is not None
    assert "LAMBDA_API_KEY" in told.note


async def test_when_lambda_is_away_what_was_seen_last_is_told_and_looked_at_soon_again(
    database: Database,
) -> None:
    async with lambda_desk() as desk:
        service = service_over(desk, database)
        await service.sample()
        seen_at = desk.clock.now()
        desk.clock.advance(3600)
        desk.sandbox.faults.expect(Fault(kind="error", times=3))
        away = await service.status()
        desk.clock.advance(5)
        back = await service.status()
    assert (away.configured, away.healthy, away.source) == (True, False, "static")
    assert (away.total_cost_per_hour, len(away.instances)) == ("$17.36", 3)
    assert away.fetched_at is not None
    assert seen_at - away.fetched_at < timedelta(minutes=5)
    assert away.note is not None
    assert "HTTP 503" in away.note
    assert (back.healthy, back.source) == (True, "api")


async def test_costs_are_added_up_by_time_and_by_machine_and_each_look_counts_once(
    database: Database,
) -> None:
    async with lambda_desk() as desk:
        services = [service_over(desk, database) for _ in range(2)]
        for number in range(24):  # two hours, and the idle machine is gone for the second
            if number == 12:
                await desk.ask("terminate_instance", instance_id=IDLE, confirm_name=IDLE)
                desk.clock.advance(31)  # until it is no longer listed
            for service in services:
                await service.sample()
            desk.clock.advance(300)
        by_hour = await services[0].costs(days=1)
        by_day = await services[0].costs(days=30)
    assert [(one.start.hour, one.cost_usd) for one in by_hour.items] == [(9, 17.36), (10, 16.61)]
    assert by_hour.items[0].measured_hours == 1
    assert (by_hour.unit, by_hour.total_usd) == ("hour", 33.97)
    assert [one.cost_usd for one in by_hour.machines] == [28.64, 4.58, 0.75]
    assert (by_day.unit, len(by_day.items), by_day.total_usd) == ("day", 1, 33.97)
    assert by_day.items[0].start == datetime.fromisoformat("2026-11-23T00:00:00+00:00")
