"""Whether a model's arguments fit a tool's schema, told so that the model can mend them."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import (
    ValidationError,
    best_match,  # pyright: ignore[reportUnknownVariableType]  # typed in part only
)

from sophia.core.messages import JsonObject
from sophia.toolbox.schemas import plain

_MAX_PROBLEMS = 5
_MAX_TOLD = 300


def validator_of(schema: JsonObject) -> Draft202012Validator:
    """Give what checks arguments against the plain part of a schema."""
    return Draft202012Validator(plain(schema))


def problems_of(validator: Draft202012Validator, arguments: JsonObject) -> list[str]:
    """Say what is wrong with the arguments, if anything is."""
    errors = cast("Iterable[ValidationError]", validator.iter_errors(dict(arguments)))
    told = [problem for error in errors for problem in _told(error)]
    return list(dict.fromkeys(told))[:_MAX_PROBLEMS]


def _told(error: ValidationError) -> Sequence[str]:
    where = _path(error)
    given = cast("Mapping[str, Any]", error.instance)
    match error.validator:
        case "required":
            needed = cast("Sequence[str]", error.validator_value)
            return [
                f"The argument {_below(where, name)} is missing."
                for name in needed
                if name not in given
            ]
        case "additionalProperties":
            known = list(cast("Mapping[str, Any]", error.schema).get("properties", {}))
            return [_unknown(name, known, where) for name in given if name not in known]
        case _:
            deepest = cast("ValidationError", best_match([error]))
            return [f"{_path(deepest) or 'The arguments'}: {deepest.message[:_MAX_TOLD]}."]


def _unknown(name: str, known: Sequence[str], where: str) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}."
    return f"There is no argument {_below(where, name)}: {hint}"


def _path(error: ValidationError) -> str:
    path = ""
    for step in cast("Iterable[str | int]", error.absolute_path):
        path += f"[{step}]" if isinstance(step, int) else f".{step}"
    return path.removeprefix(".")


def _below(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name
