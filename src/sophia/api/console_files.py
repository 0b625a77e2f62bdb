"""The console's files: built by Vite, served as they are, every unknown path is the app itself."""

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent / "console"
_NOT_BUILT = "The console is not built: run `make console`, then start again. The API is here.\n"
_A_YEAR = "public, max-age=31536000, immutable"


class Console(StaticFiles):
    """Static files with the app's page for every path that is no file."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Serve a folder; it may be missing in a checkout."""
        super().__init__(directory=folder, check_dir=False)
        self._page = folder / "index.html"

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Give a file, or the page; API paths that no route took are missing."""
        if path.startswith(("api/", "v1/", "mcp")):
            raise HTTPException(404, "There is nothing here: GET /docs lists what is.")
        try:
            answer = await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code != 404 or path.startswith("assets/"):  # noqa: PLR2004 - HTTP
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
