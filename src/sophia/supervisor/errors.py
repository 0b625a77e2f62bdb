"""What can keep the stack from starting, each with what to do."""

from sophia.kit.errors import Kind, SophiaError


class AlreadyRunningError(SophiaError):
    """Sophia already runs on this home: stop it with `sophia down`."""

    kind = Kind.CONFLICT
    code = "supervisor.already_running"


class PortTakenError(SophiaError):
    """A port is taken: stop what listens there, or shift all ports by SOPHIA_PORT_BASE."""

    kind = Kind.CONFLICT
    code = "supervisor.port_taken"


class UpgradeFailedError(SophiaError):
    """The database schema could not be brought up to date: see `sophia logs upgrade`."""

    kind = Kind.UNAVAILABLE
    code = "supervisor.upgrade_failed"


class StartFailedError(SophiaError):
    """Sophia did not start: see `sophia logs supervisor`."""

    kind = Kind.UNAVAILABLE
    code = "supervisor.start_failed"


class NotRunningError(SophiaError):
    """Sophia is not running: start it with `sophia up`."""

    kind = Kind.UNAVAILABLE
    code = "supervisor.not_running"


class LogMissingError(SophiaError):
    """There is no such log: `sophia status` lists the parts that have one."""

    kind = Kind.MISSING
    code = "supervisor.log_missing"


class StopFailedError(SophiaError):
    """Sophia did not stop in time: see `sophia logs supervisor`, then try again."""

    kind = Kind.TIMEOUT
    code = "supervisor.stop_failed"
