"""SOPHIA_HOME: its folders, and the secrets that are made once and never shown."""

import errno
import hashlib
import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

from sophia.core import registry
from sophia.embedded.errors import DiskFullError, HomeUnusableError
from sophia.embedded.launch import is_open, make_private, require_space, unprivileged_ids
from sophia.kit.tokens import Signer, generate_private_key

_SECRET_BYTES = 32
_NEEDED_BYTES = 200 * 2**20
_OPEN_PLACE = Path("/var/lib/sophia")


def prepare(home: Path) -> None:
    """Make the folders and whatever secrets are missing.

    Raises HomeUnusableError when the home cannot be written and DiskFullError.
    """
    for folder in (home, home / "secrets", home / "logs", home / "run"):
        make_private(folder)
    require_space(home, needed_bytes=_NEEDED_BYTES)
    names = ["postgres_password", "redis_password", "pepper", "metrics_token"]
    names += [f"mcp_token_{server}" for server in registry.MCP_SERVERS]
    for name in names:
        _write_once(home / "secrets" / name, lambda: secrets.token_hex(_SECRET_BYTES))
    key_file = home / "secrets" / "signing_key"
    _write_once(key_file, generate_private_key)
    _write_once(
        home / "secrets" / "signing_key_public", lambda: Signer(key_file.read_text()).public_pem
    )


def data_folder(home: Path, server: str) -> Path:
    """Give where a server's data lies: in the home, unless its user could not get there.

    As root a server runs as another user. When a folder above the home is closed to that user, its
    data lies in an open place instead: no mode of a parent folder is ever changed.
    """
    ids = unprivileged_ids()
    if ids is None:
        folder = home / server
        make_private(folder)
        return folder
    # The home itself is ours and closed; what is above it decides.
    if is_open(home.resolve().parent):
        home.chmod(0o711)
        folder = home / server
    else:
        mark = hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:12]
        folder = _OPEN_PLACE / mark / server
    folder.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    make_private(folder)
    os.chown(folder, *ids)
    return folder


def _write_once(path: Path, make: Callable[[], str]) -> None:
    """Write a secret unless it is there: whole or not at all, readable by us alone."""
    if path.exists():
        return
    try:
        descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".draft-")
        with os.fdopen(descriptor, "w") as file:
            file.write(make())
            file.flush()
            os.fsync(file.fileno())
        # A link fails when somebody else was first: then theirs stands.
        try:
            os.link(draft, path)
        except FileExistsError:
            return
        finally:
            Path(draft).unlink()
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFullError from error
        raise HomeUnusableError(
            f"{path} cannot be written ({error.strerror}): set SOPHIA_HOME to a folder "
            "that you may write."
        ) from error
