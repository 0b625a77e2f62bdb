"""Reading a vendor's JSON into what we need of it: tolerant of more, strict about what is used."""

from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from sophia.servers.vendor.errors import VendorStrangeError


class Raw(BaseModel):
    """A part of a vendor's answer; fields that are not named are left out."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def read_one[M: Raw](model: type[M], raw: Any) -> M:
    """Read an object; raises VendorStrangeError, which names what does not fit."""
    return _read(model, raw)


def read_many[M: Raw](model: type[M], raw: Any) -> list[M]:
    """Read a list of objects; raises VendorStrangeError, which names what does not fit."""
    return _read(list[model], raw)


def _read(form: Any, raw: Any) -> Any:
    try:
        return _adapter(form).validate_python(raw)
    except ValidationError as error:
        wrong = [".".join(map(str, one["loc"])) or "the answer" for one in error.errors()[:3]]
        raise VendorStrangeError(
            f"The vendor answered in an unknown form ({', '.join(wrong)}): tell the operator, and"
            " try another tool."
        ) from error


@cache
def _adapter(form: Any) -> TypeAdapter[Any]:
    return TypeAdapter(form)
