"""Which tools a key can use at all: the others are not offered.

Linear does not tell what a key may. It refuses what the key may not before it looks for what is
meant, so that the deletion of a comment that cannot be tells the two apart, and changes nothing.
"""

import asyncio
from typing import Any

from sophia.kit import log
from sophia.servers.linear.client import Linear, deleting
from sophia.servers.parts import Tool
from sophia.servers.vendor.errors import VendorError, VendorForbiddenError, VendorMissingError

_TIMEOUT_S = 5
_NONE = "00000000-0000-0000-0000-000000000000"
# A key may have the right to these alone: it is not told by the right to write.
_ALONE = frozenset({"create_issue", "add_comment"})
_WHY = (
    "The key of LINEAR_API_KEY may not write: the operator makes one with Write at Linear and"
    " restarts."
)
_logger = log.get("linear")


async def beyond_key(linear: Linear, tools: list[Tool[Any, Any]]) -> dict[str, str]:
    """Give the tools that the key cannot use; a Linear that does not answer leaves all there."""
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            await linear.change(deleting("commentDelete"), "commentDelete", id=_NONE)
    except VendorForbiddenError:
        writing = (tool.name for tool in tools if not tool.is_read_only)
        return {name: _WHY for name in writing if name not in _ALONE}
    except VendorMissingError:
        return {}
    except (VendorError, TimeoutError) as error:
        _logger.warning("linear.rights.unknown", reason=str(error))
    return {}
