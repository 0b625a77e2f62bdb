"""Applications that describe themselves: a client id that is the address of a document."""

from collections.abc import Mapping
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

import httpx2
import orjson
from pydantic import ValidationError

from sophia.oauth.errors import ClientAwayError, ClientUnfitError
from sophia.oauth.schemas import Client, RegistrationIn, client_name

MAX_BYTES = 16 * 1024
_MAX_URL_CHARS = 500
_OK = 200
_SECRETS = ("client_secret", "client_secret_expires_at")


class Documents(Protocol):
    """Fetches documents from addresses that strangers name, and so from no private ones."""

    async def fetch(self, url: str, *, max_bytes: int) -> bytes:
        """Give a document; raises ClientAwayError."""
        ...


class FetchedDocuments:
    """Fetches them over HTTP, by no redirect."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        """Take a client that asks no private address, and gives up in time."""
        self._client = client

    async def fetch(self, url: str, *, max_bytes: int) -> bytes:
        """Give a document; raises ClientAwayError."""
        body = bytearray()
        asked = self._client.stream(
            "GET", url, headers={"Accept": "application/json"}, follow_redirects=False
        )
        try:
            async with asked as answer:
                if answer.status_code != _OK:
                    raise ClientAwayError
                async for piece in answer.aiter_bytes():
                    body += piece
                    if len(body) > max_bytes:
                        raise ClientAwayError("The application's own description is too long.")
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise ClientAwayError from error
        return bytes(body)


def is_document_url(client_id: str) -> bool:
    """Say whether a client id is an address that a description may be fetched from."""
    if not client_id.startswith("https://") or len(client_id) > _MAX_URL_CHARS:
        return False
    if not client_id.isascii() or not client_id.isprintable() or set(client_id) & set(' #\\"<>'):
        return False
    try:
        parts = urlsplit(client_id)
        host, is_port_fit = parts.hostname, parts.port != 0
    except ValueError:
        return False
    segments = parts.path.lower().replace("%2e", ".").split("/")
    is_path_fit = parts.path not in {"", "/"} and not {".", ".."} & set(segments)
    return bool(host) and is_port_fit and "@" not in parts.netloc and is_path_fit


def read(url: str, body: bytes) -> Client:
    """Read the description that stands at an address; raises ClientUnfitError."""
    try:
        said: Any = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ClientUnfitError("The application's description is no JSON.") from error
    if not isinstance(said, Mapping):
        raise ClientUnfitError("The application's description is no JSON object.")
    members = cast("Mapping[str, Any]", said)
    if members.get("client_id") != url:
        raise ClientUnfitError("The application's description is that of another client_id.")
    if any(name in members for name in _SECRETS):
        raise ClientUnfitError("The application's description holds a secret, in public.")
    if members.get("token_endpoint_auth_method", "none") != "none":
        raise ClientUnfitError("Only public clients are taken: token_endpoint_auth_method none.")
    try:
        described = RegistrationIn.model_validate(members)
    except ValidationError as error:
        raise ClientUnfitError from error
    host = urlsplit(url).netloc
    return Client(
        id=url,
        name=client_name(described.client_name) or host,
        redirect_uris=tuple(described.redirect_uris),
        host=host,
    )
