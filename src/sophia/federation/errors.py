"""What can go wrong when an OpenID provider vouches for somebody."""

from sophia.kit.errors import Kind, SophiaError


class FederationError(SophiaError):
    """Signing in through the provider failed: try again."""

    kind = Kind.UNAUTHENTICATED
    code = "identity.oidc_failed"


class NotConfiguredError(FederationError):
    """No OpenID provider is set up: set SOPHIA_OIDC_ISSUER, or sign in by link or password."""

    kind = Kind.MISSING
    code = "identity.oidc_not_configured"


class ProviderAwayError(FederationError):
    """The OpenID provider does not answer: try again in a minute, or sign in another way."""

    kind = Kind.UNAVAILABLE
    code = "identity.oidc_provider_away"


class ProviderUnfitError(FederationError):
    """The OpenID provider says what it must not: an operator checks SOPHIA_OIDC_ISSUER."""

    kind = Kind.UNAVAILABLE
    code = "identity.oidc_provider_unfit"


class StateUnknownError(FederationError):
    """This sign-in was not begun in this browser or took over ten minutes: begin again here."""

    code = "identity.oidc_state_unknown"


class IssuerMixedUpError(FederationError):
    """The answer came from another provider than was asked: begin again from the sign-in page."""

    code = "identity.oidc_issuer_mixed_up"


class RefusedError(FederationError):
    """The provider did not let you in: begin again and agree, or ask who runs the provider."""

    code = "identity.oidc_refused"


class CodeInvalidError(FederationError):
    """The provider's code was used already or has expired: begin again."""

    code = "identity.oidc_code_invalid"


class TokenRefusedError(FederationError):
    """The provider's ID token does not hold: begin again; if it stays, tell an operator."""

    code = "identity.oidc_token_invalid"


class EmailUnverifiedError(FederationError):
    """The provider has not verified your e-mail address: have it verified there, then try again."""

    kind = Kind.FORBIDDEN
    code = "identity.oidc_email_unverified"


class NotAdmittedError(FederationError):
    """There is no account for you here: ask an administrator to invite your e-mail address."""

    kind = Kind.FORBIDDEN
    code = "identity.oidc_not_admitted"


class AccountDisabledError(FederationError):
    """Your account is disabled: ask an administrator to enable it."""

    kind = Kind.FORBIDDEN
    code = "identity.oidc_account_disabled"


class LinkFirstError(FederationError):
    """An account has this e-mail address: sign in as before, then link the provider to it."""

    kind = Kind.CONFLICT
    code = "identity.oidc_link_first"


class LinkedElsewhereError(FederationError):
    """That account of the provider, or yours here, is linked already: unlink it first."""

    kind = Kind.CONFLICT
    code = "identity.oidc_linked_elsewhere"


class SignInStaleError(FederationError):
    """Links are changed shortly after signing in only: sign out, sign in and try again."""

    kind = Kind.FORBIDDEN
    code = "identity.oidc_sign_in_stale"


class IdentityMissingError(FederationError):
    """There is no such link: GET /api/v1/me/identities lists yours."""

    kind = Kind.MISSING
    code = "identity.oidc_link_missing"


class ReturnPathUnknownError(FederationError):
    """Nobody is sent back there: name a page of the console, as in /account."""

    kind = Kind.INVALID
    code = "identity.oidc_return_path_unknown"
