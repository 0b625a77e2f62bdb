"""What can go wrong while an application is connected. `error` is the word of RFC 6749."""

from typing import ClassVar

from sophia.kit.errors import Kind, SophiaError


class OAuthError(SophiaError):
    """The application's request does not hold: connect it again from the application."""

    kind = Kind.INVALID
    code = "oauth.refused"
    error: ClassVar[str] = "invalid_request"


class RequestInvalidError(OAuthError):
    """The application's request is not well-formed: tell whoever makes the application."""

    code = "oauth.request_invalid"


class ClientUnknownError(OAuthError):
    """The application is not known here, or no longer: remove Sophia in it and add her again."""

    code = "oauth.client_unknown"
    error = "invalid_client"


class ClientUnfitError(OAuthError):
    """The application describes itself in a way that is not taken: tell whoever makes it."""

    code = "oauth.client_unfit"
    error = "invalid_client_metadata"


class ClientAwayError(OAuthError):
    """The application's own description cannot be fetched: try again in a moment."""

    kind = Kind.UNAVAILABLE
    code = "oauth.client_away"
    error = "temporarily_unavailable"


class RedirectUnfitError(OAuthError):
    """Nobody is sent back there: give https, loopback or the application's own scheme."""

    code = "oauth.redirect_unfit"
    error = "invalid_redirect_uri"


class RedirectUnknownError(OAuthError):
    """The application wants you back where it never said it would: do not go on from there."""

    code = "oauth.redirect_unknown"


class ResponseTypeUnknownError(OAuthError):
    """Only codes are given: ask with response_type=code."""

    code = "oauth.response_type_unknown"
    error = "unsupported_response_type"


class ScopeNotOfferedError(OAuthError):
    """None of that can be allowed: ask for scopes that the metadata lists and you have."""

    code = "oauth.scope_not_offered"
    error = "invalid_scope"


class ResourceUnknownError(OAuthError):
    """There is no such resource here: name the gateway's address as its metadata gives it."""

    code = "oauth.resource_unknown"
    error = "invalid_target"


class GrantTypeUnknownError(OAuthError):
    """Tokens are given for codes and refresh tokens: use one of those grant types."""

    code = "oauth.grant_type_unknown"
    error = "unsupported_grant_type"


class GrantInvalidError(OAuthError):
    """This code or refresh token is not good, or no longer: connect the application again."""

    code = "oauth.grant_invalid"
    error = "invalid_grant"


class TokenTypeUnknownError(OAuthError):
    """Access tokens end by themselves within minutes: revoke the refresh token."""

    code = "oauth.token_type_unknown"
    error = "unsupported_token_type"


class TooManyRegistrationsError(SophiaError):
    """Too many applications were registered from there: wait a minute, then try again."""

    kind = Kind.EXHAUSTED
    code = "oauth.too_many_registrations"


class SessionNeededError(SophiaError):
    """Only somebody who is signed in connects an application: do it in the console."""

    kind = Kind.FORBIDDEN
    code = "oauth.session_needed"


class GrantEndedError(SophiaError):
    """The application is no longer connected: connect it again."""

    kind = Kind.UNAUTHENTICATED
    code = "oauth.grant_ended"


class GrantMissingError(SophiaError):
    """There is no such connection: GET /api/v1/auth/applications lists yours."""

    kind = Kind.MISSING
    code = "oauth.grant_missing"
