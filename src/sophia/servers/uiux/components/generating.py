"""The files of a component in a framework."""

import json
from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel

from sophia.servers.uiux.components.catalogue import (
    COMPONENTS,
    ComponentType,
    file_stem,
    react_name,
    read,
)
from sophia.servers.uiux.components.markup import Element, element, opened, write
from sophia.servers.uiux.components.props import Props

type Framework = Literal["html", "react", "shadcn"]

_PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>{title}</title>
{head}
  </head>
  <body>
{body}
  </body>
</html>
"""


class File(BaseModel):
    """A file."""

    path: str
    content: str


def html_files(name: ComponentType, props: Props, theme: str) -> list[File]:
    """Give a page that holds the component, and its styles."""
    sheets = _sheets(name)
    scripts = [f"{file_stem(name)}.js"] if COMPONENTS[name].has_script else []
    head = [
        element("link", {"rel": "stylesheet", "href": path}) for path in ("theme.css", *sheets)
    ] + [element("script", {"type": "module", "src": path}) for path in scripts]
    page = _PAGE.format(
        title=_title(name),
        head="\n".join(write(one, 2) for one in head),
        body=write(_main(name, COMPONENTS[name].html(props)), 2),
    )
    return [
        File(path=f"{file_stem(name)}.html", content=page),
        File(path="theme.css", content=theme),
        *(File(path=path, content=read(path)) for path in (*sheets, *scripts)),
    ]


def react_files(name: ComponentType, props: Props, theme: str) -> list[File]:
    """Give the component, those that it is made of, its story and its test."""
    stem = file_stem(name)
    parts = [f"{file_stem(one)}.tsx" for one in (name, *COMPONENTS[name].uses)]
    return [
        File(path=parts[0], content=read(parts[0])),
        File(path=f"{stem}.stories.tsx", content=_story(name, props)),
        File(path=f"{stem}.test.tsx", content=read(f"{stem}.test.tsx")),
        *(File(path=path, content=read(path)) for path in parts[1:]),
        File(path="theme.css", content=theme),
        *(File(path=path, content=read(path)) for path in _sheets(name)),
    ]


def registry_item(name: ComponentType, props: Props, theme: str) -> list[File]:
    """Give the files of React as one item of a registry, as shadcn's command line installs it."""
    stem = file_stem(name)
    item = {
        "$schema": "https://ui.shadcn.com/schema/registry-item.json",
        "name": stem,
        "type": "registry:component",
        "title": _title(name),
        "description": COMPONENTS[name].states.capitalize() + ".",
        "dependencies": ["react"],
        "devDependencies": ["@storybook/react-vite", "@testing-library/react", "vitest"],
        "files": [
            {
                "path": file.path,
                "type": "registry:file",
                # In a folder of its own: a project may have a button already.
                "target": f"components/{stem}/{file.path}",
                "content": file.content,
            }
            for file in react_files(name, props, theme)
        ],
    }
    return [File(path=f"{stem}.json", content=json.dumps(item, indent=2))]


def audited_page(name: ComponentType, props: Props, theme: str) -> str:
    """Give a page that needs no other file, with all open that opens."""
    styles = "\n".join([theme, *(read(path) for path in _sheets(name))])
    return _PAGE.format(
        title=_title(name),
        head=f"<style>\n{styles}</style>",
        body=write(_main(name, opened(COMPONENTS[name].html(props))), 2),
    )


def _sheets(name: ComponentType) -> Sequence[str]:
    """Name the sheets, those of the parts before those of the whole."""
    parts = (*reversed(COMPONENTS[name].uses), name)
    return ("page.css", *(f"{file_stem(one)}.css" for one in parts))


def _title(name: ComponentType) -> str:
    return name.replace("_", " ").capitalize()


def _main(name: ComponentType, shown: Element) -> Element:
    return element("main", {}, element("h1", {}, _title(name)), shown)


def _story(name: ComponentType, props: Props) -> str:
    """Write a story; what is given stands in it as JSON, which is TypeScript too."""
    given = json.dumps(props.model_dump(mode="json", exclude_none=True), indent=2)
    arguments = given.replace("\n", "\n  ")
    component, stem = react_name(name), file_stem(name)
    return f"""import type {{ Meta, StoryObj }} from '@storybook/react-vite';
import {{ {component} }} from './{stem}';
import './page.css';
import './theme.css';

const meta = {{
  title: '{_title(name)}',
  component: {component},
  args: {arguments},
}} satisfies Meta<typeof {component}>;

export default meta;

export const Usual: StoryObj<typeof meta> = {{}};
"""
