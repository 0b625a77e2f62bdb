"""`sophia down`: the running supervisor stops everything, or we end what a killed one left."""

from pathlib import Path

import psutil

from sophia.kit.clock import Clock
from sophia.supervisor import leftovers, lock, state
from sophia.supervisor.errors import StopFailedError

_TIMEOUT_S = 150
_POLL_S = 0.05


async def stop(home: Path, *, clock: Clock) -> bool:
    """Stop what runs on a home; say whether anything ran. Raises StopFailedError."""
    pid = lock.holder(home)
    if pid is None:
        return leftovers.end(home) > 0
    try:
        supervisor = psutil.Process(pid)
        created = supervisor.create_time()
        supervisor.terminate()
    except psutil.NoSuchProcess:
        return leftovers.end(home) > 0
    except psutil.AccessDenied as error:
        raise StopFailedError(
            f"Sophia (process {pid}) belongs to another user: stop it as that user."
        ) from error
    deadline = clock.monotonic() + _TIMEOUT_S
    while state.same_process(pid, created) is not None:
        if clock.monotonic() > deadline:
            raise StopFailedError(
                f"Sophia (process {pid}) has not stopped after {_TIMEOUT_S} s:"
                " see `sophia logs supervisor`."
            )
        await clock.sleep(_POLL_S)
    return True
