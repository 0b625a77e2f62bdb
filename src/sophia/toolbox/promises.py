"""Whether what a server that is not ours answers is as its own schema of the tool says."""

from collections.abc import Iterable, Mapping
from typing import cast

from jsonschema.exceptions import ValidationError

from sophia.core.messages import Json, JsonObject, ToolSpec
from sophia.toolbox.arguments import validator_of
from sophia.toolbox.errors import AnswerInvalidError
from sophia.toolbox.upstream import Upstream

# What is larger is passed on as it is: to look at all of it would hold everybody else up.
_MAX_VALUES = 10_000
_MAX_TOLD = 200


def require_kept(upstream: Upstream, spec: ToolSpec, result: JsonObject) -> None:
    """Refuse an answer that is not what the tool promises; raises AnswerInvalidError."""
    is_whole = result.get("isError") is not True and result.get("resultType") != "input_required"
    if upstream.registered_at is None or spec.output_schema is None or not is_whole:
        return
    structured = result.get("structuredContent")
    if _is_large(structured):
        return
    found = validator_of(spec.output_schema).iter_errors(structured)
    error = next(iter(cast("Iterable[ValidationError]", found)), None)
    if error is not None:
        raise AnswerInvalidError(
            f"Its answer is not as its own schema says: {error.message[:_MAX_TOLD]}."
        )


def _is_large(value: Json) -> bool:
    left: list[Json] = [value]
    for _ in range(_MAX_VALUES):
        if not left:
            return False
        one = left.pop()
        if isinstance(one, Mapping):
            left += one.values()
        elif isinstance(one, list):
            left += one
    return True
