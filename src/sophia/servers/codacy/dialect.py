"""What is particular to Codacy's API."""

from sophia.servers.vendor.dialect import Dialect

TOKEN_HEADER = "api-token"  # noqa: S105 - the name of a header

CODACY = Dialect(
    title="Codacy",
    token_name="CODACY_API_TOKEN",  # noqa: S106 - the name of a variable
    headers={"Accept": "application/json"},
)
