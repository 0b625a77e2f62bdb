"""What can go wrong with who somebody is."""

from sophia.kit.errors import Kind, SophiaError


class CredentialsMissingError(SophiaError):
    """Say who you are: send an Authorization header with a bearer token or an API key."""

    kind = Kind.UNAUTHENTICATED
    code = "auth.missing"


class SignInFailedError(SophiaError):
    """That e-mail address and password do not go together: mend one, or use a sign-in link."""

    kind = Kind.UNAUTHENTICATED
    code = "auth.sign_in_failed"


class LinkInvalidError(SophiaError):
    """This sign-in link was used or has expired: `sophia link` prints a new one."""

    kind = Kind.UNAUTHENTICATED
    code = "auth.link_invalid"


class SessionEndedError(SophiaError):
    """This session is over: sign in again."""

    kind = Kind.UNAUTHENTICATED
    code = "auth.session_ended"


class KeyInvalidError(SophiaError):
    """This API key is not valid: it was revoked, has expired or was mistyped."""

    kind = Kind.UNAUTHENTICATED
    code = "auth.key_invalid"


class ScopeMissingError(SophiaError):
    """Your credentials do not allow this: use ones with the scope that is needed."""

    kind = Kind.FORBIDDEN
    code = "auth.scope_missing"


class OriginUnknownError(SophiaError):
    """This page is not one of Sophia's own: set SOPHIA_PUBLIC_URL if it should be."""

    kind = Kind.FORBIDDEN
    code = "auth.origin_unknown"


class CrossSiteError(SophiaError):
    """This request lacks the header X-Sophia-Request: 1, as one from another site would."""

    kind = Kind.FORBIDDEN
    code = "auth.cross_site"


class TooManyAttemptsError(SophiaError):
    """Too many failed attempts: wait a minute, then try again."""

    kind = Kind.EXHAUSTED
    code = "auth.too_many_attempts"


class PasswordWeakError(SophiaError):
    """That password is among the first ones that are guessed: choose another."""

    kind = Kind.INVALID
    code = "auth.password_weak"


class PasswordWrongError(SophiaError):
    """The current password is wrong or was left out: give it, or sign in by link first."""

    kind = Kind.FORBIDDEN
    code = "auth.password_wrong"


class EmailTakenError(SophiaError):
    """Another account uses this e-mail address: choose another."""

    kind = Kind.CONFLICT
    code = "auth.email_taken"


class KeyMissingError(SophiaError):
    """There is no such API key: GET /api/v1/keys lists yours."""

    kind = Kind.MISSING
    code = "auth.key_missing"


class SessionMissingError(SophiaError):
    """There is no such session: GET /api/v1/sessions lists yours."""

    kind = Kind.MISSING
    code = "auth.session_missing"


class ScopeUnknownError(SophiaError):
    """A key can only have scopes that you have yourself: GET /api/v1/me lists them."""

    kind = Kind.INVALID
    code = "auth.scope_unknown"


class KeyMakesNoKeyError(SophiaError):
    """An API key cannot make another one: sign in, or run `sophia keys create`."""

    kind = Kind.FORBIDDEN
    code = "auth.key_makes_no_key"
