"""Counting what is asked: by person and API key, or by address of those who are nobody yet."""

import math

from starlette.requests import HTTPConnection

from sophia.identity.schemas import Viewer
from sophia.kit import metrics
from sophia.kit.addresses import site_of
from sophia.limits.bucket import Bucket, Verdict
from sophia.limits.errors import LimitReachedError
from sophia.limits.limiter import Limiter, Quotas

_PREFIXES = ("/api/v1/", "/v1/", "/mcp/", "/oauth/", "/.well-known/")
_VERDICT = "sophia.limits"


class Admission:
    """Lets requests and frames in as often as the limits allow."""

    def __init__(self, limiter: Limiter, quotas: Quotas) -> None:
        """Take who counts, and how much is allowed."""
        self._limiter = limiter
        self._quotas = quotas

    async def charge(self, connection: HTTPConnection, viewer: Viewer, *more: Bucket) -> None:
        """Count a request or a frame for who sent it, and in `more`; raises LimitReachedError."""
        if not is_limited(connection.scope["path"]):
            return
        buckets = [Bucket("user", str(viewer.user_id), self._quotas.user)]
        if viewer.api_key_id is not None:
            buckets.append(Bucket("key", str(viewer.api_key_id), self._quotas.key))
        await self._spend(connection, *buckets, *more)

    async def charge_address(self, connection: HTTPConnection) -> None:
        """Count a request for the address that it came from; raises LimitReachedError."""
        address = connection.client.host if connection.client else "unknown"
        await self._spend(connection, Bucket("address", site_of(address), self._quotas.address))

    async def _spend(self, connection: HTTPConnection, *buckets: Bucket) -> None:
        route = getattr(connection.scope.get("route"), "path", None) or metrics.OTHER
        verdict = await self._limiter.spend(*buckets, route=route)
        connection.scope[_VERDICT] = verdict
        if (refusing := verdict.refused_by) is not None:
            wait_s = math.ceil(refusing.wait_s)
            bucket = refusing.bucket
            raise LimitReachedError(
                f"Too many requests: {bucket.quota} in a minute are allowed for one {bucket.scope}."
                f" Try again in {wait_s} s.",
                retry_after_s=wait_s,
                limit=bucket.scope,
            )


def is_limited(path: str) -> bool:
    """Say whether requests to a path are counted."""
    return f"{path}/".startswith(_PREFIXES)


def verdict_of(connection: HTTPConnection) -> Verdict | None:
    """Give what a connection's last request or frame was counted as, if it was."""
    return connection.scope.get(_VERDICT)
