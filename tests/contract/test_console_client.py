"""The console's generated client speaks the API as it is."""

import json
from pathlib import Path

from sophia.api.app import build
from sophia.settings import Settings
from sophia.wiring.api import open_api

_KEPT = Path(__file__).parents[2] / "web" / "openapi.json"


def test_console_knows_the_api_as_it_is() -> None:
    described = build(lambda: open_api(Settings())).openapi()
    assert json.loads(_KEPT.read_text()) == described, "run `npm run api` in web"
