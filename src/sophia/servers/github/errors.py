"""What can go wrong at GitHub alone."""

from sophia.kit.errors import Kind, SophiaError
from sophia.servers.vendor.errors import VendorError


class LockdownError(VendorError):
    """Its author may not push to the repository, so it is not shown: read it at GitHub."""

    kind = Kind.FORBIDDEN
    code = "github.lockdown"


class AppKeyError(SophiaError):
    """The App's private key cannot be read: download it again, and point to the PEM file."""

    kind = Kind.INVALID
    code = "github.app_key"


class AppIncompleteError(SophiaError):
    """A GitHub App needs SOPHIA_GITHUB_APP_INSTALLATION_ID and its key too: set both."""

    kind = Kind.INVALID
    code = "github.app_incomplete"
