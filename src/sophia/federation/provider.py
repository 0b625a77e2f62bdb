"""The OpenID provider as an HTTP peer: discovery, keys, the exchange of a code for tokens."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx2
import orjson
from joserfc.jwk import Key

from sophia.federation import id_tokens
from sophia.federation.errors import (
    CodeInvalidError,
    ProviderAwayError,
    ProviderUnfitError,
    TokenRefusedError,
)
from sophia.federation.schemas import Person, ProviderConfig
from sophia.kit.clock import Clock
from sophia.outgoing.client import Caps, open_client
from sophia.outgoing.errors import OutgoingError, TooLargeError
from sophia.outgoing.hosts import AllowedHosts

_TIMEOUT_S = 5.0
_MAX_BYTES = 256 * 1024
_CACHED_S = 3600.0
_KEYS_AGAIN_S = 30.0
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_OK = 200
_CLIENT_ERRORS = range(400, 500)


def open_session(issuer: str, *, allowed_hosts: str = "") -> httpx2.AsyncClient:
    """Open the client that the provider is asked through; whoever opens it closes it.

    The operator named the issuer, which may thus lie in a private network; what its discovery
    document names may not, unless the operator allows that too.
    """
    own = urlsplit(issuer).netloc
    return open_client(
        allowed=AllowedHosts.parse(f"{allowed_hosts},{own}"),
        caps=Caps(total_timeout_s=_TIMEOUT_S, max_bytes=_MAX_BYTES),
        headers={"Accept": "application/json"},
    )


@dataclass(frozen=True, slots=True)
class Endpoints:
    """What the discovery document says."""

    authorization: str
    token: str
    keys: str
    userinfo: str | None
    posts_secret: bool
    names_issuer: bool


class OpenIdProvider:
    """One provider. It is asked by no redirect, for no more bytes and no longer than is sane."""

    def __init__(
        self, config: ProviderConfig, *, session: httpx2.AsyncClient, clock: Clock
    ) -> None:
        """Say which one; nothing is asked yet."""
        self.config = config
        self._session = session
        self._clock = clock
        self._endpoints: tuple[float, Endpoints] | None = None
        self._keys: tuple[float, list[Key]] | None = None

    async def endpoints(self) -> Endpoints:
        """Give what discovery says, an hour old at most.

        Raises ProviderAwayError, ProviderUnfitError.
        """
        now = self._clock.monotonic()
        if self._endpoints is None or now - self._endpoints[0] > _CACHED_S:
            issuer = self.config.issuer
            url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
            if not self._may_ask(url):
                raise ProviderUnfitError
            said = await self._json("GET", url)
            self._endpoints = (now, self._read_discovery(said))
        return self._endpoints[1]

    async def authorization_url(self, *, state: str, nonce: str, challenge: str) -> str:
        """Give where the browser goes to sign in."""
        endpoint = (await self.endpoints()).authorization
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self.config.client_id,
                "redirect_uri": self.config.redirect_uri,
                "scope": self.config.scopes,
                "state": state,
                "nonce": nonce,
                "code_challenge": challenge,
                "code_challenge_method": "S256",
            }
        )
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}"

    async def redeem(self, code: str, *, verifier: str, nonce: str) -> Person:
        """Exchange a code for whom the provider vouches for.

        Raises CodeInvalidError, TokenRefusedError, ProviderAwayError, ProviderUnfitError.
        """
        endpoints = await self.endpoints()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.config.redirect_uri,
            "code_verifier": verifier,
        }
        headers = self._authenticate(form, posts_secret=endpoints.posts_secret)
        answer = await self._json("POST", endpoints.token, form=form, headers=headers)
        id_token, access_token = answer.get("id_token"), answer.get("access_token")
        if not isinstance(id_token, str) or not isinstance(access_token, str):
            raise TokenRefusedError
        claims = id_tokens.claims_of(
            id_token,
            await self._key_of(id_token, endpoints),
            config=self.config,
            nonce=nonce,
            access_token=access_token,
            now=int(self._clock.now().timestamp()),
        )
        if endpoints.userinfo and "email" not in claims:
            claims = await self._more(claims, endpoints.userinfo, access_token)
        return _person(claims, role_claim=self.config.role_claim)

    async def _more(self, claims: dict[str, Any], url: str, access_token: str) -> dict[str, Any]:
        """Add what only the userinfo endpoint says, if it speaks of the same person."""
        said = await self._json("GET", url, headers={"Authorization": f"Bearer {access_token}"})
        if said.get("sub") != claims["sub"]:
            raise TokenRefusedError
        return {**said, **claims}

    def _authenticate(self, form: dict[str, str], *, posts_secret: bool) -> dict[str, str]:
        client_id, secret = self.config.client_id, self.config.client_secret
        if secret is None or posts_secret:
            form |= {"client_id": client_id, **({"client_secret": secret} if secret else {})}
            return {}
        pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

    async def _key_of(self, token: str, endpoints: Endpoints) -> Key:
        """Find a token's key; a key set that lacks it is asked for again, not too often."""
        kid = id_tokens.key_id(token)
        now = self._clock.monotonic()
        age_s = _CACHED_S + 1 if self._keys is None else now - self._keys[0]
        found = None if self._keys is None else id_tokens.pick(self._keys[1], kid)
        if age_s > _CACHED_S or (found is None and age_s > _KEYS_AGAIN_S):
            keys = id_tokens.signing_keys(await self._json("GET", endpoints.keys))
            self._keys = (now, keys)
            found = id_tokens.pick(keys, kid)
        if found is None:
            raise TokenRefusedError
        return found

    def _read_discovery(self, said: Mapping[str, Any]) -> Endpoints:
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        urls = [said.get(name) for name in names]
        userinfo = said.get("userinfo_endpoint")
        methods = said.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        named = [*urls, *([userinfo] if userinfo is not None else [])]
        is_fit = said.get("issuer") == self.config.issuer and all(map(self._may_ask, named))
        if not is_fit:
            raise ProviderUnfitError
        authorization, token, keys = map(str, urls)
        return Endpoints(
            authorization=authorization,
            token=token,
            keys=keys,
            userinfo=userinfo,
            posts_secret="client_secret_basic" not in methods,
            names_issuer=said.get("authorization_response_iss_parameter_supported") is True,
        )

    def _may_ask(self, url: object) -> bool:
        """Say whether a URL is https, or plain http on the loopback host of the issuer itself."""
        if not isinstance(url, str):
            return False
        try:
            there, issuer = urlsplit(url), urlsplit(self.config.issuer)
            hosts = (there.scheme, there.hostname, there.port)
        except ValueError:
            return False
        if there.username is not None or not there.hostname or there.fragment:
            return False
        is_own = hosts == (issuer.scheme, issuer.hostname, issuer.port)
        is_loopback = there.scheme == "http" and there.hostname in _LOOPBACK
        return there.scheme == "https" or (is_own and is_loopback)

    async def _json(
        self,
        method: str,
        url: str,
        *,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Ask for an object; a refusal of what we sent is CodeInvalidError."""
        try:
            answer = await self._session.request(method, url, data=form, headers=headers)
        except TooLargeError as error:
            raise ProviderUnfitError from error
        except OutgoingError as error:
            raise ProviderAwayError from error
        status = answer.status_code
        if form is not None and status in _CLIENT_ERRORS:
            raise CodeInvalidError
        if status != _OK:
            raise ProviderAwayError
        try:
            said = orjson.loads(answer.content)
        except orjson.JSONDecodeError as error:
            raise ProviderUnfitError from error
        if not isinstance(said, dict):
            raise ProviderUnfitError
        return cast("dict[str, Any]", said)


def _person(claims: Mapping[str, Any], *, role_claim: str | None) -> Person:
    email, name = claims.get("email"), claims.get("name")
    groups = claims.get(role_claim) if role_claim else None
    listed = cast("list[Any]", groups) if isinstance(groups, list) else [groups]
    return Person(
        subject=claims["sub"],
        email=email.strip().lower() if isinstance(email, str) else None,
        is_email_verified=claims.get("email_verified") is True,
        name=name if isinstance(name, str) else None,
        groups=frozenset(name for name in listed if isinstance(name, str)),
    )
