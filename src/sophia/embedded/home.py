"""SOPHIA_HOME: its folders, and the secrets that are made once and never shown."""

import errno
import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

from sophia.core import registry
from sophia.embedded.errors import DiskFullError, HomeUnusableError
from sophia.embedded.launch import (
    is_open,
    make_passable,
    make_private,
    require_space,
    unprivileged_ids,
)
from sophia.kit.tokens import Signer, generate_private_key

_SECRET_BYTES = 32
_NEEDED_BYTES = 200 * 2**20
_OPEN_PLACE = Path("/var/lib/sophia")
_PLACE_FILE = "data-folder"


def prepare(home: Path) -> None:
    """Make the folders and whatever secrets are missing.

    Raises HomeUnusableError when the home cannot be written and DiskFullError.
    """
    for folder in (home, home / "secrets", home / "logs", home / "run"):
        make_private(folder)
    require_space(home, needed_bytes=_NEEDED_BYTES)
    names = ["postgres_password", "redis_password", "pepper", "metrics_token"]
    names += ["mcp_state_key"]
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
    folder = (home if ids is None else _open_place(home)) / server
    make_private(folder)
    if ids is not None:
        owner = folder.stat().st_uid
        if owner not in {os.geteuid(), ids[0]}:
            raise HomeUnusableError(f"{folder} belongs to user {owner}: start Sophia as that user.")
        os.chown(folder, *ids)
    return folder


def _open_place(home: Path) -> Path:
    """Give the folder for the servers' data that their user can enter; the home names it for good.

    It is not named by the home's path: the home may be moved, or deleted and made anew.
    """
    named = home / _PLACE_FILE
    # The home itself is ours and closed; what is above it decides.
    is_reachable = is_open(home.resolve().parent)
    if not named.exists() and (is_reachable or (home / "postgres").exists()):
        place = home
    else:
        _write_once(named, lambda: str(_OPEN_PLACE / secrets.token_hex(6)))
        place = Path(named.read_text())
    make_passable(place)
    if not is_open(place):
        raise HomeUnusableError(
            f"{place} lies in a folder that only root may enter, and the servers do not run as "
            "root: open that folder again (chmod o+x), or set another SOPHIA_HOME."
        )
    return place


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
