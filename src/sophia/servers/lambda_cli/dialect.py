"""What is particular to Lambda's Cloud API, and to the Prometheus that watches its machines."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, cast

import orjson

from sophia.servers.lambda_cli.errors import CapacityLackingError, QuotaUsedError
from sophia.servers.vendor.dialect import Answer, Dialect
from sophia.servers.vendor.errors import (
    VendorAwayError,
    VendorConflictError,
    VendorError,
    VendorForbiddenError,
    VendorMissingError,
    VendorRefusedError,
)

# Their own codes are what is promised to stay; messages and statuses are not.
_BY_CODE: Mapping[str, type[VendorError]] = MappingProxyType(
    {
        "instance-operations/launch/insufficient-capacity": CapacityLackingError,
        "instance-operations/launch/file-system-in-wrong-region": VendorRefusedError,
        "global/quota-exceeded": QuotaUsedError,
        "global/object-does-not-exist": VendorMissingError,
        "global/not-found": VendorMissingError,
        "global/account-inactive": VendorForbiddenError,
        "global/invalid-address": VendorForbiddenError,
        "global/forbidden": VendorForbiddenError,
        "global/conflict": VendorConflictError,
        "global/duplicate": VendorConflictError,
        "filesystems/filesystem-in-use": VendorConflictError,
        "firewall-rulesets/firewall-ruleset-in-use": VendorConflictError,
        "global/invalid-parameters": VendorRefusedError,
        "global/internal-error": VendorAwayError,
    }
)
_PROVIDER = "provider/"


def refused(answer: Answer) -> VendorError | None:
    """Give the error that Lambda's code stands for; None: the status must do."""
    told = _told(answer)
    code = str(told.get("code", ""))
    kind = VendorAwayError if code.startswith(_PROVIDER) else _BY_CODE.get(code)
    if kind is None:
        return None
    said = " ".join(str(told[name]) for name in ("message", "suggestion") if told.get(name))
    return kind(f"{kind.__doc__} Lambda says: {said} ({code})")


def _told(answer: Answer) -> Mapping[str, Any]:
    try:
        found = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return {}
    error = cast("Any", found.get("error")) if isinstance(found, dict) else None
    return cast("Mapping[str, Any]", error) if isinstance(error, dict) else {}


LAMBDA = Dialect(
    title="Lambda",
    token_name="LAMBDA_API_KEY",  # noqa: S106 - the name of a variable
    headers={"Accept": "application/json"},
    refused=refused,
)
PROMETHEUS = Dialect(
    title="Prometheus",
    token_name="SOPHIA_LAMBDA_PROMETHEUS_URL",  # noqa: S106 - the name of a variable
    headers={"Accept": "application/json"},
)
