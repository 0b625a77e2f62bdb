"""A tool's arguments: their schema for the caller, their check, and what was wrong with them."""

import difflib
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, cast

from pydantic import BaseModel, ValidationError
from pydantic.json_schema import GenerateJsonSchema

from sophia.servers.errors import ArgumentsInvalidError, OtherUserError
from sophia.servers.principal import Principal

USER_ID = "user_id"

_MAX_PROBLEMS = 5
_MAX_SHOWN = 60


class _Untitled(GenerateJsonSchema):
    """Leaves out titles that only repeat a field's name: a model pays for every word of them."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Never."""
        del schema
        return False


def schema_of(model: type[BaseModel], *, is_bound: bool = False) -> dict[str, Any]:
    """Give the JSON Schema without references; without `user_id` where the token says who it is."""
    inlined = dict(_plain(model, "validation"))
    if is_bound:
        properties, required = inlined.get("properties", {}), inlined.get("required", [])
        inlined["properties"] = {name: properties[name] for name in properties if name != USER_ID}
        inlined["required"] = [name for name in required if name != USER_ID]
    if not inlined.get("required"):
        inlined.pop("required", None)
    return inlined


def result_schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """Give the JSON Schema of what a model becomes when it is written."""
    return dict(_plain(model, "serialization"))


@cache
def _plain(model: type[BaseModel], mode: Literal["validation", "serialization"]) -> dict[str, Any]:
    """Give a model's schema as it always is: to make one costs a millisecond."""
    schema = model.model_json_schema(schema_generator=_Untitled, mode=mode)
    inlined = cast("dict[str, Any]", _inlined(schema, schema.pop("$defs", {})))
    inlined.pop("description", None)
    return inlined


def _inlined(node: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inlined(one, definitions) for one in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    known = cast("dict[str, Any]", node)
    reference = known.get("$ref")
    if isinstance(reference, str):
        known = {**definitions[reference.rpartition("/")[2]], **known}
        del known["$ref"]
    return {
        name: _inlined(value, definitions)
        for name, value in known.items()
        # A title is text; a property called title is a schema. Beside a constant it is a choice's.
        if not (name == "title" and isinstance(value, str) and "const" not in known)
    }


def parse[A: BaseModel](
    model: type[A], given: Mapping[str, Any], *, name: str, principal: Principal
) -> A:
    """Check what was given to the tool of this name.

    Raises ArgumentsInvalidError, OtherUserError.
    """
    whole = dict(given)
    if principal.is_bound:
        named = whole.get(USER_ID)
        if named is not None and named != principal.user_id:
            raise OtherUserError
        if USER_ID in model.model_fields:
            whole[USER_ID] = principal.user_id
    try:
        return model.model_validate(whole)
    except ValidationError as error:
        raise ArgumentsInvalidError(explained(error, model, name=name)) from error


def explained(error: ValidationError, model: type[BaseModel], *, name: str) -> str:
    """Say what is wrong, and what would be right."""
    problems = [
        _problem(cast("Mapping[str, Any]", one), model)
        for one in error.errors(include_url=False, include_context=False)
    ]
    more = len(problems) - _MAX_PROBLEMS
    told = " ".join(problems[:_MAX_PROBLEMS]) + (f" And {more} more." if more > 0 else "")
    return f"{name} was not run. {told}"


def _problem(error: Mapping[str, Any], model: type[BaseModel]) -> str:
    path: tuple[str | int, ...] = error["loc"]
    where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)[1:]
    match error["type"]:
        case "missing":
            return f"The argument {where} is missing."
        case "extra_forbidden":
            return f"There is no argument {where}: {_nearest(str(path[-1]), model, path[:-1])}"
        case _:
            message = str(error["msg"]).removeprefix("Value error, ")
            shown = repr(error["input"])
            shown = shown if len(shown) <= _MAX_SHOWN else shown[:_MAX_SHOWN] + "…"
            return f"{where or 'The arguments'}: {message} (given: {shown})."


def _nearest(name: str, model: type[BaseModel], path: tuple[str | int, ...]) -> str:
    """Name the argument that was probably meant, else all that there are at that place."""
    node: Any = schema_of(model)
    for step in path:
        node = node.get("items" if isinstance(step, int) else "properties", {})
        # Where there are several shapes, the path names one of them, and there is nothing to find.
        node = node if isinstance(step, int) else node.get(step, {})
    known = list(node.get("properties", {}))
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else f"there are {', '.join(known) or 'none'}."
