"""The API's description to read: Swagger UI out of a wheel, since nothing is loaded from elsewhere.

FastAPI's own page takes Swagger UI from a host on the internet and starts it by an inline script;
our content security policy allows neither.
"""

from importlib.resources import files

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

router = APIRouter(include_in_schema=False)

_PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Sophia: the API</title>
    <link rel="icon" href="/docs/assets/favicon-32x32.png">
    <link rel="stylesheet" href="/docs/assets/swagger-ui.css">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/docs/assets/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
"""
_START = """SwaggerUIBundle({ url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true });
"""

assets = Mount("/docs/assets", StaticFiles(directory=str(files("fastapi_swagger") / "resources")))


@router.get("/docs")
async def page() -> HTMLResponse:
    """Give the page."""
    return HTMLResponse(_PAGE)


@router.get("/docs/start.js")
async def start() -> Response:
    """Give what starts Swagger UI on it."""
    return Response(_START, media_type="text/javascript")
