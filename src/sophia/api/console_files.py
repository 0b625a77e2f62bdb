"""The console's files: built by Vite, served as they are, every unknown path is the app itself."""

from http import HTTPStatus
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Match, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent / "console"
_NOT_BUILT = "The console is not built: run `make console`, then start again. The API is here.\n"
_A_YEAR = "public, max-age=31536000, immutable"


# The page of /oauth/authorize is the console's.
_NOT_OURS = (
    *("/api/", "/v1/", "/mcp", "/.well-known/"),
    *("/oauth/token", "/oauth/register", "/oauth/revoke"),
)


class ConsoleMount(Mount):
    """Takes the paths that are not the API's, so that the API itself says what it does not have."""

    def __init__(self) -> None:
        """Mount the console at the root."""
        super().__init__("/", app=Console(), name="console")

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Leave WebSockets and the API's paths alone, and other methods to whoever knows them."""
        if scope["type"] != "http" or scope["path"].startswith(_NOT_OURS):
            return Match.NONE, {}
        match, child_scope = super().matches(scope)
        is_read = scope["method"] in {"GET", "HEAD"}
        return (match if is_read else Match.PARTIAL), child_scope


class Console(StaticFiles):
    """Static files with the app's page for every path that is no file."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Serve a folder; it may be missing in a checkout."""
        super().__init__(directory=folder, check_dir=False)
        self._page = folder / "index.html"

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Give a file, or the page."""
        try:
            answer = await super().get_response(path, scope)
        except HTTPException as error:
            is_missing = error.status_code == HTTPStatus.NOT_FOUND
            if not is_missing or path.startswith("assets/"):
                raise
            return self._app_page()
        if path.startswith("assets/"):
            answer.headers["Cache-Control"] = _A_YEAR
            return answer
        return self._app_page() if path in {".", ""} else answer

    def _app_page(self) -> Response:
        if not self._page.is_file():
            return PlainTextResponse(_NOT_BUILT, 503)
        return FileResponse(self._page, headers={"Cache-Control": "no-cache"})
