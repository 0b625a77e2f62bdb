"""Custom fields: which there are, and their values as Asana takes them."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BaseModel, Field

from sophia.servers.asana.client import Asana
from sophia.servers.asana.directory import Directory
from sophia.servers.asana.raw import CUSTOM_FIELD, RawField, RawSetting
from sophia.servers.vendor.brief import Json
from sophia.servers.vendor.errors import VendorRefusedError
from sophia.servers.vendor.names import Named, called, one_of, unknown
from sophia.servers.vendor.reading import Raw, read_many, read_one

OF_SETTING = tuple(f"custom_field.{name}" for name in CUSTOM_FIELD)

type Value = str | float | list[str] | None

# What a value is of, by the kind of its field; others cannot be written.
_FORMS: Mapping[str, tuple[type, ...]] = MappingProxyType(
    {
        "text": (str,),
        "number": (int, float),
        "date": (str,),
        "enum": (str,),
        "multi_enum": (str, list),
        "people": (str, list),
    }
)

Values = Annotated[
    dict[str, Value],
    Field(
        max_length=30,
        description="By name or gid: a text, number, date, the name of an option or person, a list"
        " of these, or null for nothing. list_custom_fields lists them.",
    ),
]


class FieldOut(BaseModel):
    """A custom field."""

    field_id: str
    name: str
    kind: str = Field(description="text, number, enum, multi_enum, date, people, …")
    description: str
    options: list[str]
    is_read_only: bool


def field_of(raw: RawField) -> FieldOut:
    """Take what matters of a custom field."""
    return FieldOut(
        field_id=raw.gid,
        name=raw.name,
        kind=raw.resource_subtype,
        description=raw.description,
        options=[one.name for one in raw.enum_options if one.enabled],
        is_read_only=raw.is_formula_field or raw.is_value_read_only is True,
    )


class _OfTask(Raw):
    custom_fields: list[RawField] = Field(default_factory=list[RawField])


class CustomFields:
    """Turns values by the names of fields into what Asana takes."""

    def __init__(self, asana: Asana, directory: Directory) -> None:
        """Take whom to ask."""
        self._asana = asana
        self._directory = directory

    async def of_project(self, project: str, given: Mapping[str, Value]) -> Json:
        """Write values for a task in a project; raises HandleError, VendorRefusedError."""
        if not given:
            return {}
        path = f"/projects/{project}/custom_field_settings"
        found, _ = await self._asana.page(path, OF_SETTING)
        return await self._written(
            given, [one.custom_field for one in read_many(RawSetting, found)]
        )

    async def of_task(self, task: str, given: Mapping[str, Value]) -> Json:
        """Write values for a task; raises HandleError, VendorRefusedError."""
        if not given:
            return {}
        fields = [f"custom_fields.{name}" for name in _OF_VALUE]
        found = await self._asana.one(f"/tasks/{task}", fields)
        return await self._written(given, read_one(_OfTask, found).custom_fields)

    async def _written(self, given: Mapping[str, Value], there: Sequence[RawField]) -> Json:
        named = [Named(id=one.gid, name=one.name) for one in there]
        by_gid = {one.gid: one for one in there}
        written: Json = {}
        for name, value in given.items():
            gid = _one("custom field", name, named)
            written[gid] = await self._value(by_gid[gid], value)
        return written

    async def _value(self, field: RawField, value: Value) -> Any:
        if value is None:
            return None
        kind = field.resource_subtype
        if not isinstance(value, _FORMS.get(kind, ())):
            raise VendorRefusedError(
                f"The custom field {field.name} is of the kind {kind}, and {value!r} does not fit"
                " it: list_custom_fields says what does."
            )
        if kind == "people":
            return await self._directory.people(_listed(value))
        return _plain(field, value)


# Whether a value may be written is told of fields, not of values.
_OF_VALUE = ("name", "resource_subtype", "enum_options.name", "enum_options.enabled")


def _plain(field: RawField, value: Any) -> Any:
    match field.resource_subtype:
        case "enum":
            return _option(field, value)
        case "multi_enum":
            return [_option(field, one) for one in _listed(value)]
        case "date":
            return {"date_time" if "T" in value else "date": value}
        case _:
            return value


def _option(field: RawField, written: str) -> str:
    there = [Named(id=one.gid, name=one.name) for one in field.enum_options if one.enabled]
    return _one(f"option of {field.name}", written, there)


def _one(what: str, written: str, there: Sequence[Named]) -> str:
    found = called(written, there)
    if not found:
        raise unknown(what, written, there)
    return one_of(what, written, found).id


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else value
