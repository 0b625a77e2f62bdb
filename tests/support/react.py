"""What generated React needs to be compiled and drawn: the console's TypeScript and React."""

import asyncio
import json
import shutil
from pathlib import Path

import pytest

_MODULES = Path(__file__).parents[2] / "web" / "node_modules"
_TIMEOUT_S = 120
_OPTIONS = {
    "target": "ES2022",
    "lib": ["ES2023", "DOM", "DOM.Iterable"],
    "module": "CommonJS",
    "moduleResolution": "node10",
    "ignoreDeprecations": "5.0",
    "jsx": "react-jsx",
    "types": [],
    "strict": True,
    "noUncheckedIndexedAccess": True,
    "exactOptionalPropertyTypes": True,
    "noImplicitReturns": True,
    "noUnusedLocals": True,
    "noUnusedParameters": True,
    "isolatedModules": True,
    "skipLibCheck": True,
    "outDir": "drawn",
}
# The packages of which the console has none, as far as stories and tests use them.
_SHIMS = """
declare module '*.css';
declare module '@storybook/react-vite' {
  import type { ComponentProps, ComponentType } from 'react';
  export type Meta<T extends ComponentType<never>> = {
    title: string; component: T; args: Partial<ComponentProps<T>> };
  export type StoryObj<T> = { args?: T extends { args: infer A } ? Partial<A> : never };
}
declare module 'vitest' {
  interface Matchers { toBe(value: unknown): void; toEqual(value: unknown): void;
    toHaveLength(length: number): void }
  export function expect(value: unknown): Matchers;
  export function it(what: string, run: () => void): void;
}
declare module '@testing-library/react' {
  import type { ReactNode } from 'react';
  export function render(drawn: ReactNode): { container: HTMLElement; unmount: () => void };
  export const fireEvent: { click(element: Element): void };
  type By = { name?: string; level?: number };
  export const screen: {
    getByRole<T extends HTMLElement = HTMLElement>(role: string, by?: By): T;
    getAllByRole(role: string, by?: By): HTMLElement[];
    getByLabelText<T extends HTMLElement = HTMLElement>(text: string, by?: { exact: boolean }): T;
  };
}
"""
_DRAW = """
const { createElement } = require('react');
const { renderToStaticMarkup } = require('react-dom/server');
const Module = require('module');
const load = Module._load;
Module._load = (path, ...rest) => (path.endsWith('.css') ? {} : load(path, ...rest));
const drawn = {};
for (const stem of JSON.parse(process.argv[2])) {
  const { default: meta } = require(`./drawn/${stem}.stories.js`);
  drawn[stem] = renderToStaticMarkup(createElement(meta.component, meta.args), {
    identifierPrefix: stem,
  });
}
console.log(JSON.stringify(drawn));
"""


def needs_typescript() -> None:
    if not (_MODULES / "typescript").is_dir() or shutil.which("node") is None:
        pytest.skip("no TypeScript is installed: make console")


async def drawn_by_react(folder: Path, files: dict[str, str]) -> dict[str, str]:
    """Compile all that was generated, strictly, and draw each story as HTML."""
    for path, content in files.items():
        (folder / path).write_text(content, encoding="utf-8")
    (folder / "shims.d.ts").write_text(_SHIMS)
    (folder / "draw.cjs").write_text(_DRAW)
    (folder / "tsconfig.json").write_text(
        json.dumps({"compilerOptions": _OPTIONS, "include": ["*.ts", "*.tsx"]})
    )
    (folder / "node_modules").symlink_to(_MODULES)
    await _run(folder, str(_MODULES / "typescript" / "bin" / "tsc"), "-p", ".")
    stems = [path.removesuffix(".stories.tsx") for path in files if path.endswith(".stories.tsx")]
    drawn: dict[str, str] = json.loads(await _run(folder, "draw.cjs", json.dumps(stems)))
    return drawn


async def _run(folder: Path, *arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        "node",
        *arguments,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), _TIMEOUT_S)
    assert process.returncode == 0, said.decode()
    return said.decode()
