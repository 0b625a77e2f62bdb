"""The tools of every server, and what is written down of each so that a change of it is seen.

`make tool-schemas` writes tests/contract/tools/SERVER.txt anew.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from sophia.servers.asana.server import asana_tools
from sophia.servers.codacy.analysis.roots import Roots
from sophia.servers.codacy.analysis.tools import AnalysisTools
from sophia.servers.codacy.server import codacy_tools
from sophia.servers.github.client import GitHub
from sophia.servers.github.server import github_tools
from sophia.servers.lambda_cli.host import Gpus, Host
from sophia.servers.lambda_cli.server import Access, lambda_tools
from sophia.servers.linear.server import linear_tools
from sophia.servers.listing import listed
from sophia.servers.memory.server import memory_tools
from sophia.servers.parts import Tool
from sophia.servers.uiux.audits.static import WithoutBrowser
from sophia.servers.uiux.server import uiux_parts

FOLDER = Path(__file__).resolve().parents[1] / "contract" / "tools"

# The tools of each server; what they would ask is not asked here.
TOOLS: dict[str, list[Tool[Any, Any]]] = {
    "memory": memory_tools(*[cast("Any", None)] * 5),
    "uiux": [*uiux_parts(WithoutBrowser()).tools],
    "github": github_tools(GitHub(*cast("Any", (None, None, None)))),
    "asana": asana_tools(cast("Any", None), cast("Any", None)),
    "codacy": codacy_tools(cast("Any", None), AnalysisTools(cast("Any", None), Roots(()))),
    "lambda-cli": lambda_tools(
        cast("Any", None),
        Access(account=cast("Any", None)),
        Host(FOLDER, Gpus(None, (), None)),
        cast("Any", None),
    ),
    "linear": linear_tools(*cast("Any", (None, None, None))),
}


def written(server: str) -> str:
    """Write a server's tools down: what each takes, gives and does."""
    return "\n".join(line for tool in TOOLS[server] for line in _lines(tool))


def _lines(tool: Tool[Any, Any]) -> Iterator[str]:
    told = listed(tool, is_bound=False).model_dump(mode="json", by_alias=True, exclude_none=True)
    # The hash holds what is left out here, such as the words about what is given.
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:8]
    hints = [name.removesuffix("Hint") for name, is_so in told["annotations"].items() if is_so]
    toolset = f" [{tool.toolset}]" if tool.toolset else ""
    yield f"{tool.name}{toolset} {' '.join(hints)} {digest}"
    yield f"  {tool.title}: {tool.description}"
    arguments: dict[str, Any] = told["inputSchema"]
    for name, schema in arguments.get("properties", {}).items():
        need = "!" if name in arguments.get("required", ()) else ""
        words = f"  # {schema['description']}" if "description" in schema else ""
        yield f"  {name}{need}: {_shape(schema)}{words}"
    yield f"  -> {_shape(told['outputSchema']) if 'outputSchema' in told else 'content'}"
    yield ""


def _shape(schema: Mapping[str, Any]) -> str:
    """Write a schema on one line; a keyword that has no short form stands as it is."""
    left = {key: value for key, value in schema.items() if key not in {"description", "title"}}
    head = _head(left)
    more = [f"{key}={json.dumps(value)}" for key, value in left.items()]
    return " ".join([head, *more])


def _head(left: dict[str, Any]) -> str:
    """Write what a value may be, and take out of the schema what was told by that."""
    options = left.pop("anyOf", None)
    if options is not None:
        return " | ".join(map(_shape, options))
    if "enum" in left:
        left.pop("type", None)
        return " | ".join(map(json.dumps, left.pop("enum")))
    kind = str(left.pop("type", "any"))
    if kind == "array":
        return f"[{_shape(left.pop('items', {}))}]"
    if kind == "object" and "properties" in left:
        required = left.pop("required", ())
        fields = [
            f"{name}{'!' if name in required else ''}: {_shape(one)}"
            for name, one in left.pop("properties").items()
        ]
        return f"{{{'; '.join(fields)}}}"
    return kind


if __name__ == "__main__":
    for server in TOOLS:
        (FOLDER / f"{server}.txt").write_text(written(server))
