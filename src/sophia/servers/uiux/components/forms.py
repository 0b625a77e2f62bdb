"""Fields and forms as HTML."""

from sophia.servers.uiux.components.markup import Element, Value, element
from sophia.servers.uiux.components.plain import button
from sophia.servers.uiux.components.props import (
    AccessibleFormProps,
    ButtonProps,
    FormFieldProps,
    FormProps,
)


def form_field(given: FormFieldProps, prefix: str = "field") -> Element:
    """Make a field; hint and error are read out with it."""
    own = f"{prefix}-{given.name}"
    label = element(
        "label",
        {"for": own},
        element("span", {}, given.label),
        element("span", {"class": "ui-field-mark"}, "(required)") if given.required else None,
    )
    hint = given.hint and element("p", {"class": "ui-field-hint", "id": f"{own}-hint"}, given.hint)
    error = given.error and element(
        "p", {"class": "ui-field-error", "id": f"{own}-error"}, given.error
    )
    control = _control(given, own)
    is_box = given.kind == "checkbox"
    parts = (control, label, hint, error) if is_box else (label, hint, control, error)
    looks = "ui-field ui-field-checkbox" if is_box else "ui-field"
    return element("div", {"class": looks}, *(part or None for part in parts))


def _control(given: FormFieldProps, own: str) -> Element:
    told = [f"{own}-hint"] * bool(given.hint) + [f"{own}-error"] * bool(given.error)
    attributes: dict[str, Value] = {
        "id": own,
        "name": given.name,
        "required": given.required,
        "autocomplete": given.autocomplete,
        "aria-describedby": " ".join(told) or None,
        "aria-invalid": "true" if given.error else None,
    }
    match given.kind:
        case "textarea":
            return element("textarea", {**attributes, "rows": 4})
        case "select":
            options = (element("option", {"value": one}, one) for one in given.options)
            first = element("option", {"value": ""}, "Choose …")
            return element("select", attributes, first, *options)
        case kind:
            return element("input", {"type": kind, **attributes})


def form(given: FormProps) -> Element:
    """Make a form; the browser checks it before it is sent."""
    return element(
        "form",
        {
            "class": "ui-form",
            "action": given.action,
            "method": given.method,
            "aria-labelledby": "form-title",
        },
        element("h2", {"id": "form-title"}, given.title),
        *(form_field(one, "form") for one in given.fields),
        button(ButtonProps(label=given.submit, type="submit")),
    )


def accessible_form(given: AccessibleFormProps) -> Element:
    """Make a form of groups; what is wrong is summed up first, with a link to each field."""
    return element(
        "form",
        {
            "class": "ui-form",
            "action": given.action,
            "method": given.method,
            "aria-labelledby": "accessible-form-title",
        },
        element("h2", {"id": "accessible-form-title"}, given.title),
        _summary(given),
        *(
            element(
                "fieldset",
                {"class": "ui-form-group"},
                element("legend", {}, group.legend),
                *(form_field(one, "accessible-form") for one in group.fields),
            )
            for group in given.groups
        ),
        button(ButtonProps(label=given.submit, type="submit")),
    )


def _summary(given: AccessibleFormProps) -> Element | None:
    wrong = [field for group in given.groups for field in group.fields if field.error]
    if not wrong:
        return None
    links = (
        element(
            "li",
            {},
            element(
                "a", {"href": f"#accessible-form-{field.name}"}, f"{field.label}: {field.error}"
            ),
        )
        for field in wrong
    )
    return element(
        "div",
        {"class": "ui-form-errors", "role": "alert", "tabindex": -1},
        element("h3", {}, "Please put right"),
        element("ul", {}, *links),
    )
