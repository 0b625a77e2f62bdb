"""What can keep the API process from serving."""

from sophia.kit.errors import Kind, SophiaError


class PortTakenError(SophiaError):
    """A port is taken: stop what listens there, or shift all ports by SOPHIA_PORT_BASE."""

    kind = Kind.CONFLICT
    code = "api.port_taken"
