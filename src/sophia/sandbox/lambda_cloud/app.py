"""The stand-in for Lambda as an ASGI application, and the Prometheus beside it."""

import re

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from sophia.kit.clock import Clock
from sophia.sandbox.door import Door
from sophia.sandbox.lambda_cloud import account, machines
from sophia.sandbox.lambda_cloud.replies import INVALID_KEY, cloud_of, refused
from sophia.sandbox.lambda_cloud.seed import seeded
from sophia.sandbox.lambda_cloud.state import Cloud

# The one question that it answers, as it is put.
_PEAK = re.compile(r"max by \(instance\) \(max_over_time\(DCGM_FI_DEV_GPU_UTIL\[([0-9]+)m\]\)\)")


def lambda_app(clock: Clock) -> Starlette:
    """Build a stand-in with an account of its own."""
    app = Starlette(
        routes=[Mount("/api/v1", routes=[*machines.ROUTES, *account.ROUTES])],
        middleware=[Middleware(Door, refusal=INVALID_KEY)],
        exception_handlers={HTTPException: refused},
    )
    app.state.cloud = seeded(clock)
    return app


def prometheus_app(cloud: Cloud) -> Starlette:
    """Build a stand-in for the Prometheus that watches the account's machines."""
    app = Starlette(routes=[Route("/api/v1/query", _query)])
    app.state.cloud = cloud
    return app


async def _query(request: Request) -> Response:
    cloud = cloud_of(request)
    if _PEAK.fullmatch(request.query_params.get("query", "")) is None:
        said = {"status": "error", "errorType": "bad_data", "error": "parse error"}
        return JSONResponse(said, 400)
    cloud.settle()
    at = cloud.now().timestamp()
    found = [
        {"metric": {"instance": f"{one.facts['ip']}:9400"}, "value": [at, str(one.gpu_percent)]}
        for one in cloud.machines
        if one.gpu_percent is not None
    ]
    return JSONResponse({"status": "success", "data": {"resultType": "vector", "result": found}})
