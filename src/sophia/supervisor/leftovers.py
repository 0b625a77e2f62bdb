"""What a killed supervisor left behind, and whether the ports are free."""

import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from sophia.supervisor import state
from sophia.supervisor.errors import PortTakenError

_TERM_TIMEOUT_S = 3
_GRACE_S = 1
_KILL_TIMEOUT_S = 3


def end(home: Path) -> int:
    """End what a killed supervisor recorded and left running, and nothing else; say how many."""
    view = state.read(home)
    if view is None:
        return 0
    found = [state.same_process(part.pid, part.created) for part in view.parts]
    left = [process for process in found if process is not None]
    # The servers stand first in the list and are stopped last, as in an orderly stop.
    for process in reversed(left):
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    psutil.wait_procs(left, timeout=_TERM_TIMEOUT_S)
    for process in reversed(left):
        # PostgreSQL waits for its clients: once those are killed it ends by itself.
        if psutil.wait_procs([process], timeout=_GRACE_S)[1]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
            psutil.wait_procs([process], timeout=_KILL_TIMEOUT_S)
    return len(left)


def require_free_ports(parts: Sequence[tuple[str, int]]) -> None:
    """Raise PortTakenError, naming port and part, unless every port can be bound on loopback."""
    for name, port in parts:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                raise PortTakenError(
                    f"Port {port}, which {name} needs, is taken: stop what listens there,"
                    " or shift all ports by SOPHIA_PORT_BASE.",
                    port=port,
                    part=name,
                ) from error
