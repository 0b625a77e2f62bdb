"""What an application asks for, as it stands in the query of the authorization endpoint."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from sophia.oauth.errors import (
    OAuthError,
    RequestInvalidError,
    ResponseTypeUnknownError,
)

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)
_MAX_PARAMETERS = 50
_MAX_STATE_CHARS = 2000


@dataclass(frozen=True, slots=True)
class Asked:
    """An application's request; nothing of it is believed yet."""

    parameters: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        """Give a parameter, or nothing where it was left out."""
        return self.parameters.get(name, "")

    def problem(self) -> OAuthError | None:
        """Give what is wrong with the request, whoever makes it."""
        if self["response_type"] != "code":
            return ResponseTypeUnknownError()
        if self["code_challenge_method"] != "S256" or not _CHALLENGE.fullmatch(
            self["code_challenge"]
        ):
            return RequestInvalidError("PKCE with S256 is needed: send a code_challenge of it.")
        if self["response_mode"] not in {"", "query"} or "request" in self.parameters:
            return RequestInvalidError("Answers go into the query, and requests stand in it.")
        return None

    def answer(self, issuer: str, **told: str) -> str:
        """Give the address that an answer goes to, with the state and who answers (RFC 9207)."""
        uri = self["redirect_uri"]
        state = {"state": self["state"]} if "state" in self.parameters else {}
        return f"{uri}{'&' if '?' in uri else '?'}{urlencode({**told, **state, 'iss': issuer})}"


def parse(query: str) -> Asked:
    """Read a query; raises RequestInvalidError."""
    asked = Asked(read_form(query.removeprefix("?")))
    if len(asked["state"]) > _MAX_STATE_CHARS:
        raise RequestInvalidError("The state is too long: send a shorter one.")
    return asked


def read_form(text: str) -> dict[str, str]:
    """Read parameters of which none is given twice; raises RequestInvalidError."""
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, max_num_fields=_MAX_PARAMETERS, errors="strict"
        )
    except ValueError as error:
        raise RequestInvalidError("The parameters cannot be read: send them in UTF-8.") from error
    form = dict(pairs)
    if len(form) != len(pairs):
        raise RequestInvalidError("A parameter is given twice: send each one once.")
    if any("\0" in text for pair in pairs for text in pair):
        raise RequestInvalidError("A parameter holds U+0000: leave it out.")
    return form


def is_verifier(text: str) -> bool:
    """Say whether a text can be a code verifier (RFC 7636, 4.1)."""
    return _VERIFIER.fullmatch(text) is not None
