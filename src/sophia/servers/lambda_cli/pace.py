"""Lambda's limits: one request in a second, one launch in twelve, of all our processes together."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

from sophia.kit.clock import Clock
from sophia.limits.pacing import Pacing
from sophia.limits.way import Way
from sophia.servers.lambda_cli.dialect import LAMBDA
from sophia.servers.vendor.refusals import limited
from sophia.settings import Settings
from sophia.store.redis import Presence
from sophia.wiring.shared import open_redis, run_beside

LAUNCH = "/api/v1/instance-operations/launch"
_REQUEST_S = 1.0
_LAUNCH_S = 12.0
# Those who would wait for longer are told when to come again: a turn's tool call has ten seconds.
_WITHIN_S = 4.0


@dataclass(frozen=True, slots=True)
class Pace:
    """Keeps the requests of one account apart."""

    pacing: Pacing

    async def turn(self, _path: str) -> None:
        """Wait for the turn of a request; raises VendorLimitError."""
        await self._take("lambda", every_s=_REQUEST_S, within_s=_WITHIN_S)

    async def launch(self, *, within_s: float = _WITHIN_S) -> None:
        """Wait for the turn of a launch; raises VendorLimitError."""
        await self._take("lambda:launch", every_s=_LAUNCH_S, within_s=within_s)

    async def _take(self, subject: str, *, every_s: float, within_s: float) -> None:
        left_s = await self.pacing.take(subject, every_s=every_s, within_s=within_s)
        if left_s is not None:
            raise limited(LAMBDA, left_s)


def alone(clock: Clock) -> Pace:
    """Count by ourselves: the account is nobody else's."""
    return Pace(Pacing(Way(None, None), replicas=1, clock=clock))


async def open_pace(settings: Settings, stack: AsyncExitStack, clock: Clock) -> Pace:
    """Count with all other processes through Redis."""
    presence = Presence(settings.redis_url, clock=clock)
    stack.push_async_callback(presence.close)
    await run_beside(stack, presence.run())
    way = Way(await open_redis(settings, stack, presence), presence)
    return Pace(Pacing(way, replicas=settings.limit_replicas, clock=clock))
