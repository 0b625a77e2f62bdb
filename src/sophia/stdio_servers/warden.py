"""Runs one command under limits and leaves nothing of it behind.

A program of its own, in the standard library alone: it stands between a worker and a server that
nobody here wrote. What a process is limited in is set before the command begins. What a whole tree
is limited in, which without control groups nobody else counts, is looked at from time to time. As
the tree's subreaper it inherits whatever the server's children abandon. It hears when its parent
dies, however that happens, and ends the tree; when it dies itself, the kernel ends the server.

    python -I -S warden.py PARENT REPORT LIMITS COMMAND [ARGUMENT...]

PARENT is the process that must live, REPORT the descriptor that is told how it ended, LIMITS an
object in JSON. The environment is the command's.
"""

import contextlib
import ctypes
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

_SET_DEATH_SIGNAL, _SET_NO_NEW_PRIVILEGES, _SET_SUBREAPER = 1, 38, 36
_HEARD = frozenset({signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_SPARE_TASKS = 1024  # of the whole user: a fork bomb ends there between two looks
_SWEEP_S = 5.0
_UNKNOWN_COMMAND = 127

type Limits = Mapping[str, float]


def main(arguments: list[str]) -> None:
    """Run the command to its end, or to the parent's."""
    parent, report, limits = int(arguments[0]), int(arguments[1]), json.loads(arguments[2])
    os.set_inheritable(report, False)
    signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
    _control(_SET_SUBREAPER, 1)
    _control(_SET_DEATH_SIGNAL, signal.SIGTERM)
    if os.getppid() != parent:
        return
    own = os.getpid()
    failed, failing = os.pipe()
    server = os.fork()
    if server == 0:
        _become(arguments[3:], limits, warden=own, failing=failing)
    os.close(failing)
    # Held here, the pipes would never end.
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    # The other end is closed by a command that begins, and written to by one that cannot.
    ending = "unknown" if os.read(failed, 1) else _watch(server, limits)
    _sweep()
    os.write(report, ending.encode())


def _become(command: list[str], limits: Limits, *, warden: int, failing: int) -> None:
    """Turn into the server; never returns."""
    os.setsid()
    _control(_SET_DEATH_SIGNAL, signal.SIGKILL)
    _control(_SET_NO_NEW_PRIVILEGES, 1)
    if os.getppid() != warden:
        os._exit(1)
    os.umask(0o077)
    for kind, limit in (
        (resource.RLIMIT_CORE, 0),
        # Not RLIMIT_AS: runtimes such as Node reserve more addresses than any machine has memory.
        (resource.RLIMIT_DATA, int(limits["memory_bytes"])),
        (resource.RLIMIT_NOFILE, int(limits["open_files"])),
        (resource.RLIMIT_CPU, int(limits["cpu_s"])),
        (resource.RLIMIT_FSIZE, int(limits["file_bytes"])),
        (resource.RLIMIT_NPROC, _tasks_of_user() + _SPARE_TASKS),
    ):
        hard = resource.getrlimit(kind)[1]
        bound = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(kind, (bound, bound))
    if not limits["has_network"]:
        _leave_network()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)
    with contextlib.suppress(OSError):
        os.execvp(command[0], command)  # noqa: S606 - no shell is what is wanted
    os.write(failing, b"!")
    os._exit(_UNKNOWN_COMMAND)


def _leave_network() -> None:
    """Go where nothing can be reached, if the kernel lets this user, alone or as its own root."""
    if sys.platform == "linux":
        for place in (os.CLONE_NEWNET, os.CLONE_NEWNET | os.CLONE_NEWUSER):
            with contextlib.suppress(OSError):
                os.unshare(place)
                return


def _watch(server: int, limits: Limits) -> str:
    """Wait for the end; say which it was."""
    end_by: float | None = None
    look_at = time.monotonic()
    while True:
        heard = signal.sigtimedwait(_HEARD, min(limits["look_every_s"], 0.2 if end_by else 60))
        now = time.monotonic()
        if heard is not None and heard.si_signo != signal.SIGCHLD and end_by is None:
            end_by = now + limits["stop_timeout_s"]
            _tell(_descendants(), signal.SIGTERM)
        status = _reap(server)
        if end_by is not None and (status is not None or now > end_by):
            return "stopped"
        if status is not None:
            return f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else _exit(status)
        if now >= look_at:
            look_at = now + limits["look_every_s"]
            if (excess := _excess(limits)) is not None:
                return excess


def _exit(status: int) -> str:
    return f"exit {os.WEXITSTATUS(status)}"


def _reap(server: int) -> int | None:
    """Take in whoever has ended; gives the server's status if it is among them."""
    found = None
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            if pid == server:
                found = status
    return found


def _excess(limits: Limits) -> str | None:
    tree = _descendants()
    if len(tree) > limits["processes"]:
        return "processes"
    if sum(map(_own_bytes, tree)) > limits["memory_bytes"]:
        return "memory"
    return None


def _sweep() -> None:
    """End every descendant, however fast they fork."""
    end_by = time.monotonic() + _SWEEP_S
    while (tree := _descendants()) and time.monotonic() < end_by:
        # Stopped first, none of them can have a child while the others die.
        _tell(tree, signal.SIGSTOP)
        _tell(tree, signal.SIGKILL)
        _reap(0)


def _tell(pids: list[int], what: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, what)


def _descendants() -> list[int]:
    """Give all processes below this one."""
    children: dict[int, list[int]] = {}
    for pid in _numbers("/proc"):
        with contextlib.suppress(OSError):
            # The name, in brackets, may hold anything.
            rest = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
            if rest[0] not in {b"Z", b"X"}:
                children.setdefault(int(rest[1]), []).append(pid)
    found, left = list[int](), [os.getpid()]
    while left:
        below = children.get(left.pop(), [])
        found += below
        left += below
    return found


def _own_bytes(pid: int) -> int:
    """Give the memory that a process shares with no file."""
    try:
        fields = Path(f"/proc/{pid}/statm").read_bytes().split()
    except OSError:
        return 0
    return max(0, int(fields[1]) - int(fields[2])) * _PAGE_BYTES


def _tasks_of_user() -> int:
    """Count what RLIMIT_NPROC counts: the threads of this user, whoever started them."""
    own, count = os.getuid(), 0
    for pid in _numbers("/proc"):
        with contextlib.suppress(OSError):
            if Path(f"/proc/{pid}").stat().st_uid == own:
                count += len(_numbers(f"/proc/{pid}/task"))
    return count


def _numbers(folder: str) -> list[int]:
    return [int(name) for name in os.listdir(folder) if name.isdecimal()]  # noqa: PTH208 - faster


def _control(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    main(sys.argv[1:])
