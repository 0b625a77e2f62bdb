"""What is particular to Asana's REST API."""

from sophia.servers.vendor.dialect import Dialect

_SEARCH = "/tasks/search"


def bucket(path: str) -> str:
    """Give the limit that a request counts against: searching has one of its own."""
    return "search" if path.endswith(_SEARCH) else "core"


ASANA = Dialect(
    title="Asana",
    token_name="ASANA_ACCESS_TOKEN",  # noqa: S106 - the name of a variable
    headers={"Accept": "application/json"},
    bucket=bucket,
)
